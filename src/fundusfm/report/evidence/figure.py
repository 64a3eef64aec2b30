"""The decision curve of a label: net benefit of the model beside referring everybody and nobody."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from fundusfm.report.style import MUTED, NEGATIVE, POSITIVE, label, legend_below, new_figure

_SIZE = (3.9, 3.1)
_DOTTED = (0, (1, 1.6))


def decision_curve_figure(curve: pd.DataFrame, *, title: str) -> Figure:
    """Draws one curve.

    Args:
        curve: Columns `threshold`, `model`, `low`, `high`, `everybody`, of one label and prevalence.
        title: Title above the axes.
    """
    figure, axes = new_figure(*_SIZE)
    x = curve["threshold"].to_numpy()
    if curve["low"].notna().any():
        axes.fill_between(x, curve["low"], curve["high"], color=NEGATIVE, alpha=0.18, linewidth=0)
    axes.plot(x, curve["everybody"], color=POSITIVE, linewidth=1.2, linestyle=(0, (5, 1.6)), label="refer everybody")
    axes.axhline(0, color=MUTED, linewidth=1.0, linestyle=_DOTTED, label="refer nobody")
    axes.plot(x, curve["model"], color=NEGATIVE, linewidth=1.8, label="refer by the model")
    top = float(curve[["model", "high", "everybody"]].max().max())
    axes.set_ylim(-0.25 * top, 1.08 * top)
    axes.set_xlim(0, float(x.max()))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    label(axes, title=title, x="Probability from which one would refer", y="Net benefit per person")
    legend_below(figure, axes)
    return figure
