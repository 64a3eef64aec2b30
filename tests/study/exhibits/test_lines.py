"""Curves against size or fraction: one panel per set, and nothing cut off."""

import pandas as pd
import pytest

from fundusfm.report.style import looks
from fundusfm.study.exhibits.lines import line_figure

_STRATEGIES = ("scratch", "imagenet", "fundus", "imagenet+fundus")


@pytest.mark.parametrize("sets", [["cv"], ["cv", "rahim", "palm"]])
def test_a_panel_per_set_and_a_legend_that_fits(sets: list[str]) -> None:
    rows = pd.DataFrame(
        [
            {"set": name, "strategy": strategy, "size": size, "value": 0.7, "low": 0.6, "high": 0.8}
            for name in sets
            for strategy in _STRATEGIES
            for size in (160, 224)
        ]
    )
    figure = line_figure(rows, "size", log=False, name="Input size (px)", ticks=[160, 224], style=looks(_STRATEGIES))
    figure.draw_without_rendering()
    assert len(figure.axes) == len(sets)
    (legend,) = figure.legends
    assert [entry.get_text() for entry in legend.get_texts()] == list(_STRATEGIES)
    box = legend.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width
