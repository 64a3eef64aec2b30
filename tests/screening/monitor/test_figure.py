import numpy as np

from fundusfm.screening.monitor.chart import ALARM, BASELINE, INSIDE, ChartPoint
from fundusfm.screening.monitor.figure import chart_figure
from fundusfm.screening.monitor.measures import WATCHED


def test_a_panel_for_each_that_is_watched_with_alarms_apart() -> None:
    verdicts = [BASELINE, INSIDE, ALARM, "too few (7)"]
    points = [
        ChartPoint(
            f"2026-W{27 + place}", watched, 50, 0.1 * (place + 1), 0.2, np.nan if place == 3 else 0.1, 0.3, verdict
        )
        for watched in WATCHED[:3]
        for place, verdict in enumerate(verdicts)
    ]
    figure = chart_figure(points)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == [watched.title for watched in WATCHED[:3]]
    lines = {line.get_label(): line for line in shown[0].lines}
    assert list(lines["outside the limits"].get_xdata()) == [2]
    assert list(lines["not judged"].get_xdata()) == [3]
    assert list(lines["baseline"].get_xdata()) == [0]
