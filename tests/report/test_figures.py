"""Figures: one look per strategy everywhere, no global state, something to see when there is nothing."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.report.curves import GRID, Curve
from fundusfm.report.figures import (
    IntervalRow,
    calibration_figure,
    interval_figure,
    learning_curve_figure,
    pr_figure,
    roc_figure,
    score_figure,
)
from fundusfm.report.save import save_figure
from fundusfm.report.style import STRATEGIES, looks, strategy_order


def curve(name: str) -> Curve:
    return Curve(name, "roc", GRID, GRID - 0.1, GRID + 0.1, prevalence=0.3)


def test_a_strategy_keeps_its_colour_whatever_stands_beside_it() -> None:
    for names in (["fundus"], ["scratch", "fundus"], ["other", "fundus"]):
        figure = roc_figure([curve(name) for name in names])
        lines = {str(line.get_label()): line.get_color() for line in figure.axes[0].lines}
        assert lines["fundus"] == STRATEGIES["fundus"].colour
    assert len({look.colour for look in looks(["a", "b", "c", "d"]).values()}) == 4
    assert len({look.colour for look in looks(["imagenet", "mine", "theirs", "scratch"]).values()}) == 4


def test_order_of_strategies() -> None:
    names = ["imagenet+fundus", "own", "fundus", "scratch", "imagenet"]
    assert sorted(names, key=strategy_order) == ["scratch", "imagenet", "fundus", "imagenet+fundus", "own"]


def test_empty_figures_say_why() -> None:
    empty = pd.DataFrame({"truth": [], "score": []})
    for figure in (
        roc_figure([]),
        pr_figure([]),
        calibration_figure({"a": pd.DataFrame()}),
        score_figure(empty),
        interval_figure({}),
        interval_figure({"cv": []}),
    ):
        assert figure.axes[0].texts


def test_unknown_values_take_no_place_in_the_interval_figure() -> None:
    nan = float("nan")
    rows = [IntervalRow("scratch", "LF", 0.6, 0.5, 0.7), IntervalRow("fundus", "LF", nan, nan, nan)]
    figure = interval_figure({"cv": rows})
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["scratch", "fundus"]


def test_learning_curve_without_validation() -> None:
    learning_curve_figure(pd.DataFrame({"epoch": [1, 2], "train_loss": [0.7, 0.5], "val_auroc": [np.nan, np.nan]}))


def test_saved_figures(tmp_path: Path) -> None:
    stem = tmp_path / "figures" / "roc_dr_grade>=2.5"
    written = save_figure(roc_figure([curve("fundus")], title="a"), stem, numbers=curve("fundus").frame())
    assert [path.name for path in written] == [f"{stem.name}{suffix}" for suffix in (".png", ".svg", ".csv")]
    assert written[0].read_bytes().startswith(b"\x89PNG")
    assert b"<dc:date>" not in written[1].read_bytes()
    assert len(pd.read_csv(written[2])) == len(GRID)


def test_names_are_no_formulas_and_numbers_stay_formulas(tmp_path: Path) -> None:
    figure = interval_figure({"$x_1$": [IntervalRow("$a$ \udcfc", "LF", 0.6, 0.5, 0.7)]})
    figure.axes[0].set_xscale("log")
    save_figure(figure, tmp_path / "figure")
    assert figure.axes[0].get_yticklabels()[0].get_text() == "\\$a\\$ \\xfc"
    assert not figure.axes[0].title.get_parse_math()
    assert any("mathdefault" in label.get_text() for label in figure.axes[0].get_xticklabels())


def test_no_global_figures() -> None:
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
