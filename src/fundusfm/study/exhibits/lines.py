"""Figures 2A, 2C and 4: AUROC or Dice against size, or against the share of labels."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from fundusfm.report import text
from fundusfm.report.style import TEXT_SIZE, Look, bare, label, strategy_order

_LEGEND = 5.2
"""Inches that the names of four strategies need beside each other."""


def line_figure(
    rows: pd.DataFrame,
    x: str,
    *,
    log: bool,
    name: str,
    ticks: Sequence[float],
    style: Mapping[str, Look],
    measure: str = "AUROC",
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draws one panel per set, one line per strategy, with its interval as a band.

    Args:
        rows: `set`, `strategy`, the column `x`, `value`, `low`, `high`.
        x: Column of the horizontal axis.
        log: Whether that axis is logarithmic.
        name: Name of the axis.
        ticks: Values that are labelled.
        style: Look of each strategy in the whole report.
        measure: Name of the vertical axis.
        limits: Ends of the vertical axis, where other figures share it.
    """
    sets = list(dict.fromkeys(rows["set"]))
    width = max(1.0 + 3.1 * len(sets), _LEGEND)
    figure = Figure(figsize=(width, 3.4), layout="constrained")
    panels = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    strategies = sorted(set(rows["strategy"]), key=strategy_order)
    for axes, shown in zip(panels, sets, strict=True):
        bare(axes)
        for strategy in strategies:
            part = rows[(rows["set"] == shown) & (rows["strategy"] == strategy)].sort_values(x)
            look = style[strategy]
            axes.fill_between(part[x], part["low"], part["high"], color=look.colour, alpha=0.13, linewidth=0)
            axes.plot(
                part[x],
                part["value"],
                color=look.colour,
                linestyle=look.dash,
                marker=look.marker,
                markersize=4,
                linewidth=1.5,
                label=strategy,
            )
        if log:
            axes.set_xscale("log")
        axes.set_xticks(list(ticks), [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        if limits:
            axes.set_ylim(limits)
        label(axes, title=text.set_name(shown), x=name, y=measure if axes is panels[0] else "")
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize=TEXT_SIZE, frameon=False)
    return figure
