"""Tables 2 and 3 from tidy rows."""

from typing import Any

import pandas as pd

from fundusfm.study.exhibits.labels_table import labels_tables
from fundusfm.study.exhibits.paired import against_reference
from fundusfm.study.exhibits.row_facts import RowFacts
from fundusfm.study.exhibits.strategies_table import main_size, of_main_size, strategies_table


def _rows(*entries: tuple[str, str, int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"task": "t", "method": method, "strategy": strategy, "backbone": "b", "size": size, "fraction": 1.0,
             "set": "cv", "label": label, "value": value, "std": 0.01, "low": value - 0.02, "high": value + 0.02}
            for method, strategy, size, label, value in entries
        ]
    )  # fmt: skip


_NO_TESTS = against_reference({}, "imagenet")


def _tests(**values: Any) -> pd.DataFrame:
    row = {"task": "t", "method": "LF", "strategy": "fundus", "backbone": "b", "size": 32, "fraction": 1.0, "seed": 0,
           "set": "cv", "label": "abnormal", "difference": 0.1, "p": 0.01, "p_holm": 0.02, **values}  # fmt: skip
    return pd.DataFrame([row])


def test_strategies_come_in_their_order_with_interval_difference_and_p() -> None:
    rows = _rows(("LF", "fundus", 32, "abnormal", 0.8), ("LF", "imagenet", 32, "abnormal", 0.7))
    table = strategies_table("t", rows, _tests(), label="abnormal", reference="imagenet").table
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


def test_the_table_takes_the_size_that_most_cells_share() -> None:
    rows = _rows(
        ("LF", "imagenet", 32, "abnormal", 0.7), ("LF", "imagenet", 64, "abnormal", 0.7),
        ("LF", "fundus", 32, "abnormal", 0.8), ("LF", "fundus", 64, "abnormal", 0.8),
        ("FF", "fundus", 32, "abnormal", 0.9),
    )  # fmt: skip
    assert main_size(rows) == 32
    assert main_size(rows[rows["method"] == "LF"]) == 64
    assert set(of_main_size(rows)["size"]) == {32}
    assert set(of_main_size(rows[rows["method"] == "LF"])["size"]) == {64}


def test_without_tests_there_is_no_p() -> None:
    rows = _rows(("LF", "imagenet", 32, "abnormal", 0.7))
    table = strategies_table("t", rows, _NO_TESTS, label="abnormal", reference="imagenet").table
    assert table is not None
    assert table.rows[0][1].detail == "[0.680, 0.720]"


def test_rows_say_what_they_learnt_from_and_those_that_saw_the_answers_are_marked() -> None:
    rows = _rows(
        ("LF", "imagenet", 32, "abnormal", 0.7), ("LF", "imagenet", 32, "macro", 0.6),
        ("LF", "fundus", 32, "abnormal", 0.8), ("LF", "fundus", 32, "macro", 0.7),
        ("LF", "scratch", 32, "abnormal", 0.6), ("LF", "scratch", 32, "macro", 0.5),
    )  # fmt: skip
    facts = {("fundus", "LF"): RowFacts("seen before", 40, 20, 90, 60), ("imagenet", "LF"): RowFacts("", 40, 20)}
    exhibit = strategies_table("t", rows, _NO_TESTS, label="abnormal", reference="imagenet", facts=facts)
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
