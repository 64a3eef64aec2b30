"""The control charts of all measures in one figure, over the same periods."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from fundusfm.report.style import HAIRLINE, INK, MUTED, NEGATIVE, POSITIVE, TEXT_SIZE, bare
from fundusfm.screening.monitor.chart import ALARM, BASELINE, ChartPoint

_COLUMNS, _PANEL = 2, (4.3, 1.9)  # inches
_MOST_TICKS = 4


def chart_figure(points: Sequence[ChartPoint]) -> Figure:
    """Draws a panel for each that is watched: values, expectation, limits, and alarms in another colour and shape.

    Args:
        points: As `chart` returns them.
    """
    panels: dict[str, list[ChartPoint]] = {}
    for point in points:
        panels.setdefault(point.watched.name, []).append(point)
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure(figsize=(_COLUMNS * _PANEL[0], rows * _PANEL[1] + 0.35), layout="constrained")
    grid = np.asarray(figure.subplots(rows, _COLUMNS, squeeze=False)).ravel()
    for axes, found in zip(grid, panels.values(), strict=False):
        _panel(axes, found)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    handles, names = grid[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside lower left", ncols=len(names), fontsize=TEXT_SIZE, labelcolor=INK, frameon=False
    )
    return figure


def _panel(axes: Axes, points: Sequence[ChartPoint]) -> None:
    bare(axes)
    x = np.arange(len(points))
    value = np.array([point.value for point in points])
    low, high = (np.array([getattr(point, end) for point in points]) for end in ("low", "high"))
    expected = np.array([point.expected for point in points])
    axes.fill_between(x, low, high, step="mid", color=HAIRLINE, alpha=0.7, linewidth=0, label="limits")
    axes.plot(x, expected, color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)), label="expected")
    axes.plot(x, value, color=NEGATIVE, linewidth=1.0, alpha=0.6)
    for name, marker, colour, chosen in (
        ("baseline", "o", MUTED, [point.verdict == BASELINE for point in points]),
        (
            "period",
            "o",
            NEGATIVE,
            [point.verdict not in (BASELINE, ALARM) and not np.isnan(point.low) for point in points],
        ),
        ("outside the limits", "D", POSITIVE, [point.verdict == ALARM for point in points]),
    ):
        shown = np.array(chosen)
        axes.plot(x[shown], value[shown], marker, color=colour, markersize=5 if marker == "D" else 3.6, label=name)
    unjudged = np.isnan(low) & ~np.isnan(value)
    axes.plot(x[unjudged], value[unjudged], "o", color="white", markeredgecolor=MUTED, markersize=3.6,
              label="not judged")  # fmt: skip
    step = max(1, -(-len(points) // _MOST_TICKS))
    axes.set_xticks(x[::step], [point.period for point in points[::step]])
    axes.set_xlim(-0.6, len(points) - 0.4)
    axes.margins(y=0.15)
    if points[0].watched.share:
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        axes.set_ylim(bottom=0.0 - 0.02 * axes.get_ylim()[1])
    axes.set_title(points[0].watched.title, fontsize=TEXT_SIZE + 0.5, color=INK, loc="left", fontweight="bold")
