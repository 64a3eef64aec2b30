"""Tables 2 and 4: strategies × methods on one label."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundusfm.evaluation.intervals import REPEATS
from fundusfm.evaluation.paired import is_least_p
from fundusfm.models.card.results import Estimate
from fundusfm.report import text
from fundusfm.report.style import Look, strategy_order
from fundusfm.report.tables import INTERVAL, PageCell, PageTable, mark_best, row_header
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.exhibits.paired import holm_note
from fundusfm.study.exhibits.row_facts import NO_FACTS, NOTHING, TRAINED_ON, Facts, with_facts

KEYS = ["method", "strategy", "backbone", "size"]
"""What tells the rows of a table apart."""


@dataclass(frozen=True)
class Measure:
    """What a table of strategies shows.

    Attributes:
        name: Name of the metric.
        number: Number of the table.
        test: Method by which differences are tested.
        resampled: Whether it has a least p that it can find (`LEAST_P`).
    """

    name: str
    number: int
    test: str
    resampled: bool = False


AUROC = Measure(
    "AUROC",
    2,
    f"paired bootstrap test that resamples patients {REPEATS:,} times (≤: no resample on the far side of zero)",
    resampled=True,
)
DICE = Measure("Dice", 4, "permutation test of the photographs' values, exchanged patient by patient")


def strategies_table(
    task: str,
    rows: pd.DataFrame,
    tests: pd.DataFrame,
    *,
    label: str,
    reference: str,
    style: Mapping[str, Look],
    measure: Measure = AUROC,
    named: str = "Strategy",
    shown: str | None = None,
    facts: Facts = NO_FACTS,
) -> Exhibit:
    """Returns the table of one label of a task at full fraction.

    Args:
        task: Name of the task.
        rows: Whole-set values of the task's cells on all patients.
        tests: Tests of these cells from `against_reference`.
        label: The label.
        reference: The strategy that the others are tested against.
        style: Look of each strategy in the whole report.
        measure: Metric that is shown.
        named: What the rows are.
        shown: What the label is called; as it is by default.
        facts: What is said of the rows: one with a warning gets the sign `†` and is never the best.
    """
    rows = rows[rows["label"] == label]
    groups = rows[KEYS].drop_duplicates().to_dict("records")
    groups.sort(key=lambda group: (group["method"] == "FF", group["size"], strategy_order(str(group["strategy"]))))
    sets = list(dict.fromkeys(rows["set"]))
    known = [facts.get((str(group["strategy"]), str(group["method"])), NOTHING) for group in groups]
    sized = any(row.photographs for row in known)
    table = PageTable(
        f"{measure.name} of {shown or label}: mean ± SD over folds or value, 95 % interval by patient, Δ and p "
        f"against {reference}.",
        [named, *([TRAINED_ON] if sized else []), *(text.set_name(name) for name in sets)],
        legend=holm_note([text.set_name(name) for name in sets], reference, what=measure.name, test=measure.test),
    )
    tests = with_deltas(tests, rows, reference)
    signs = [bool(row.warning) for row in known]
    for group, sign, row in zip(groups, signs, known, strict=True):
        look = style[str(group["strategy"])]
        backbone = [str(group["backbone"])] * (group["backbone"] != group["strategy"])
        detail = ", ".join([text.method_name(str(group["method"])), *backbone, f"{group['size']} px"])
        cells = [
            estimate_cell(one(rows, group, name, label), one(tests, group, name, label), resampled=measure.resampled)
            for name in sets
        ]
        size = [row.cell] if sized else []
        table.rows.append([row_header(signed(str(group["strategy"]), sign), detail, look.colour), *size, *cells])
    judged = [(row, group) for row, group, sign in zip(table.rows, groups, signs, strict=True) if not sign]
    for place, name in enumerate(sets, start=1 + sized):
        values = [estimate(one(rows, group, name, label)) for _, group in judged]
        mark_best([row[place] for row, _ in judged], values)
    title = f"Table {measure.number}. {text.capital(task)} ({label}): strategies and methods"
    exhibit = Exhibit(f"table-{measure.number}-{task}-{label}", title, with_tests(rows, tests), table=table)
    return with_facts(exhibit, facts)


def signed(name: str, sign: bool) -> str:
    """Returns the name of a row or column, with `†` behind it where it is marked."""
    return f"{name} †" if sign else name


def with_tests(rows: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """Returns the numbers behind a table: results, and their tests where there are any."""
    keys = [*KEYS, "task", "fraction", "set", "label"]
    return rows.merge(tests.drop(columns="seed"), how="left", on=keys, suffixes=("", "_of_difference"))


def one(frame: pd.DataFrame, group: Mapping[Any, Any], name: str, label: str) -> dict[str, float] | None:
    """Returns the row of one cell, set and label as plain numbers; None where there is none."""
    found = frame[(frame["set"] == name) & (frame["label"] == label)]
    for key in KEYS:
        found = found[found[key] == group[key]]
    if found.empty:
        return None
    numbers = found.select_dtypes("number").mean()
    return {str(key): float(value) for key, value in numbers.items()}


def with_deltas(tests: pd.DataFrame, rows: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Adds `delta`: the value of a row less that of the row of the reference which it was tested against."""
    return tests.assign(delta=[_delta(test, rows, reference) for test in tests.to_dict("records")])


def _delta(test: Mapping[Any, Any], rows: pd.DataFrame, reference: str) -> float:
    rows = rows[(rows["set"] == test["set"]) & (rows["label"] == test["label"]) & (rows["method"] == test["method"])]
    own = rows[rows["strategy"] == test["strategy"]]
    other = rows[rows["strategy"] == reference]
    for key in ("size", "backbone"):  # as alike as there is: networks of one's own have a backbone of their own
        own = own[own[key] == test[key]]
        other = other[other[key] == test[key]] if (other[key] == test[key]).any() else other
    return float(own["value"].mean() - other["value"].mean())


def estimate_cell(
    found: dict[str, float] | None, test: dict[str, float] | None, *, delta: bool = True, resampled: bool = False
) -> PageCell:
    """Returns a cell of the tables: value, interval, and how it differs from the reference.

    Args:
        found: The result.
        test: Test against the reference, if there is one.
        delta: Whether the difference stands beside its p.
        resampled: Whether p comes from a bootstrap, which has a least one.
    """
    if found is None:
        return PageCell(text.DASH)
    columns = {INTERVAL: text.interval(estimate(found))}
    if test is not None and text.finite(test["p_holm"]) is not None:
        columns |= {"Δ": text.number(test["delta"], signed=True)} if delta else {}
        columns["p"] = text.p_value(test["p_holm"], at_most=resampled and is_least_p(test["p"]))
    named = ", ".join(f"{name} {shown}" for name, shown in columns.items() if name != INTERVAL)
    detail = "; ".join(filter(None, [columns[INTERVAL], named]))
    return PageCell(text.estimate(estimate(found)), detail, columns=columns)


def estimate(found: Mapping[str, float] | None) -> Estimate | None:
    """Returns the numbers of a row as one estimate."""
    return None if found is None else Estimate.read(found)


def main_size(rows: pd.DataFrame) -> int:
    """Returns the size that most cells share, of several the largest: the one that maps are made of."""
    counts = rows.drop_duplicates([*KEYS, "fraction"])["size"].value_counts()
    return int(max(counts.index[counts == counts.max()]))
