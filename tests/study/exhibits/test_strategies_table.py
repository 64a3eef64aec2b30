"""Tables 2 and 3 from tidy rows."""

from typing import Any

import pandas as pd
import pytest

from fundusfm.report.style import looks
from fundusfm.study.exhibits.labels_table import labels_tables
from fundusfm.study.exhibits.paired import against_reference
from fundusfm.study.exhibits.row_facts import RowFacts
from fundusfm.study.exhibits.strategies_table import main_size, strategies_table


def _rows(*entries: tuple[str, str, int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"task": "t", "method": method, "strategy": strategy, "backbone": "b", "size": size, "fraction": 1.0,
             "set": "cv", "label": label, "value": value, "std": 0.01, "low": value - 0.02, "high": value + 0.02}
            for method, strategy, size, label, value in entries
        ]
    )  # fmt: skip


_STYLE = looks(["imagenet", "fundus"])
_NO_TESTS = against_reference({}, "imagenet")


def _tests(**values: Any) -> pd.DataFrame:
    row = {"task": "t", "method": "LF", "strategy": "fundus", "backbone": "b", "size": 32, "fraction": 1.0, "seed": 0,
           "set": "cv", "label": "abnormal", "difference": 0.3, "p": 0.01, "p_holm": 0.02, **values}  # fmt: skip
    return pd.DataFrame([row])


def test_strategies_come_in_their_order_with_interval_difference_and_p() -> None:
    rows = _rows(("LF", "fundus", 32, "abnormal", 0.8), ("LF", "imagenet", 32, "abnormal", 0.7))
    table = strategies_table("t", rows, _tests(), label="abnormal", reference="imagenet", style=_STYLE).table
    assert table is not None
    assert [row[0].text for row in table.rows] == ["imagenet", "fundus"]
    assert table.rows[1][1].text == "0.800 ± 0.010"
    assert table.rows[1][1].detail == "[0.780, 0.820]; Δ +0.100, p 0.020"
    assert table.rows[1][1].best


def test_labels_are_rows_and_their_mean_comes_last() -> None:
    rows = _rows(
        ("LF", "imagenet", 32, "abnormal", 0.7), ("LF", "imagenet", 32, "macro", 0.6),
        ("LF", "fundus", 32, "abnormal", 0.8), ("LF", "fundus", 32, "macro", 0.7),
        ("FF", "fundus", 32, "abnormal", 0.9),
    )  # fmt: skip
    linear, full = labels_tables("t", rows, _tests(), reference="imagenet")
    assert linear.table is not None
    assert full.table is not None
    assert linear.table.head == ["Label", "imagenet", "fundus"]
    assert [row[0].text for row in linear.table.rows] == ["abnormal", "mean of labels"]
    assert linear.table.rows[0][2].detail.endswith("p 0.020")
    assert full.table.head == ["Label", "fundus"]


def test_maps_are_of_the_size_that_most_cells_share() -> None:
    rows = _rows(
        ("LF", "imagenet", 32, "abnormal", 0.7), ("LF", "imagenet", 64, "abnormal", 0.7),
        ("LF", "fundus", 32, "abnormal", 0.8), ("LF", "fundus", 64, "abnormal", 0.8),
        ("FF", "fundus", 32, "abnormal", 0.9),
    )  # fmt: skip
    assert main_size(rows) == 32
    assert main_size(rows[rows["method"] == "LF"]) == 64


def test_without_tests_there_is_no_p() -> None:
    rows = _rows(("LF", "imagenet", 32, "abnormal", 0.7))
    table = strategies_table("t", rows, _NO_TESTS, label="abnormal", reference="imagenet", style=_STYLE).table
    assert table is not None
    assert table.rows[0][1].detail == "[0.680, 0.720]"


def test_a_difference_is_that_of_the_values_shown_and_a_least_p_is_a_bound() -> None:
    rows = _rows(("LF", "fundus", 32, "abnormal", 0.788), ("LF", "imagenet", 32, "abnormal", 0.505))
    tests = _tests(p=2 / 1001, p_holm=6 / 1001)
    exhibit = strategies_table("t", rows, tests, label="abnormal", reference="imagenet", style=_STYLE)
    assert exhibit.table is not None
    assert exhibit.table.rows[1][1].detail.endswith("; Δ +0.283, p ≤ 0.006")
    assert exhibit.numbers["delta"].dropna().tolist() == pytest.approx([0.283])


def test_every_size_has_rows_and_meets_the_reference_of_its_size() -> None:
    rows = _rows(
        ("LF", "imagenet", 32, "abnormal", 0.7), ("LF", "imagenet", 64, "abnormal", 0.6),
        ("LF", "fundus", 32, "abnormal", 0.8), ("LF", "fundus", 64, "abnormal", 0.9),
    )  # fmt: skip
    tests = pd.concat([_tests(), _tests(size=64)], ignore_index=True)
    table = strategies_table("t", rows, tests, label="abnormal", reference="imagenet", style=_STYLE).table
    assert table is not None
    found = [(row[0].text, row[0].detail.split(", ")[-1], row[1].columns.get("Δ")) for row in table.rows]
    assert found == [
        ("imagenet", "32 px", None), ("fundus", "32 px", "+0.100"),
        ("imagenet", "64 px", None), ("fundus", "64 px", "+0.300"),
    ]  # fmt: skip


def test_labels_at_several_sizes_have_a_table_each() -> None:
    rows = _rows(("LF", "imagenet", 32, "abnormal", 0.7), ("LF", "imagenet", 64, "abnormal", 0.6))
    small, large = labels_tables("t", rows, _NO_TESTS, reference="imagenet")
    assert (small.id, large.id) == ("table-3-t-LF-32px", "table-3-t-LF-64px")
    assert large.table is not None and large.table.rows[0][1].text == "0.600 ± 0.010"


def test_a_network_that_is_called_like_its_architecture_is_named_once() -> None:
    rows = _rows(("LF", "b", 32, "abnormal", 0.7), ("LF", "mine", 32, "abnormal", 0.6))
    table = strategies_table("t", rows, _NO_TESTS, label="abnormal", reference="b", style=looks(["b", "mine"])).table
    assert table is not None
    assert [row[0].detail for row in table.rows] == ["linear probe (LF), 32 px", "linear probe (LF), b, 32 px"]


def test_rows_say_what_they_learnt_from_and_those_that_saw_the_answers_are_marked() -> None:
    rows = _rows(
        ("LF", "imagenet", 32, "abnormal", 0.7), ("LF", "imagenet", 32, "macro", 0.6),
        ("LF", "fundus", 32, "abnormal", 0.8), ("LF", "fundus", 32, "macro", 0.7),
        ("LF", "scratch", 32, "abnormal", 0.6), ("LF", "scratch", 32, "macro", 0.5),
    )  # fmt: skip
    facts = {("fundus", "LF"): RowFacts("seen before", 40, 20, 90, 60), ("imagenet", "LF"): RowFacts("", 40, 20)}
    exhibit = strategies_table(
        "t", rows, _NO_TESTS, label="abnormal", reference="imagenet", style=looks(rows["strategy"]), facts=facts
    )
    assert exhibit.table is not None
    _, plain, seen = exhibit.table.rows
    assert exhibit.table.head == ["Strategy", "Photographs (patients)", "cross-validation"]
    assert (plain[1].text, plain[1].detail, plain[2].best) == ("40 (20)", "", True)
    assert (seen[0].text, seen[1].detail, seen[2].best) == ("fundus †", "upstream 90 (60)", False)
    assert "† fundus (linear probe (LF)): seen before." in exhibit.table.legend
    marked = exhibit.numbers.set_index("strategy")
    assert marked.loc["fundus", "warning"] == "seen before" and marked.loc["imagenet", "warning"] == ""
    (labels,) = labels_tables("t", rows, _NO_TESTS, reference="imagenet", facts=facts)
    assert labels.table is not None and labels.table.head == ["Label", "scratch", "imagenet", "fundus †"]
    assert "imagenet: trained on 40 photographs of 20 patients." in labels.table.legend
    assert "† fundus" in labels.table.legend and labels.table.rows[0][2].best
