"""Figure 2A: all networks in one figure, or in figures with the same axes."""

from typing import Any

import pandas as pd

from fundusfm.report.style import looks
from fundusfm.study.exhibits.curves import size_figures
from fundusfm.study.exhibits.exhibit import Exhibit


def _figures(*cells: tuple[str, str]) -> list[Exhibit]:
    rows: list[dict[str, Any]] = [
        {"task": "t", "method": "LF", "strategy": strategy, "backbone": backbone, "size": size, "fraction": 1.0,
         "set": "cv", "label": "abnormal", "value": value, "low": value - 0.1, "high": value + 0.1}
        for (strategy, backbone), value in zip(cells, (0.6, 0.7, 0.8), strict=False)
        for size in (32, 64)
    ]  # fmt: skip
    return list(size_figures(pd.DataFrame(rows), looks(name for name, _ in cells)))


def test_networks_of_their_own_backbones_share_a_figure() -> None:
    (found,) = _figures(("imagenet", "a"), ("mine", "b"))
    assert found.id == "figure-2a-t-LF" and found.figure is not None
    assert len(found.figure.axes[0].lines) == 2


def test_backbones_of_one_strategy_have_figures_with_the_same_axes() -> None:
    first, second = _figures(("imagenet", "a"), ("imagenet", "b"))
    assert (first.id, second.id) == ("figure-2a-t-LF-a", "figure-2a-t-LF-b")
    assert first.figure is not None and second.figure is not None
    assert first.figure.axes[0].get_ylim() == second.figure.axes[0].get_ylim()
