"""Table 3: the labels of a task of several, by strategy."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from fundusfm.evaluation.protocol import MACRO
from fundusfm.report import text
from fundusfm.report.style import strategy_order
from fundusfm.report.tables import PageTable, mark_best, row_header
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.exhibits.paired import holm_note
from fundusfm.study.exhibits.row_facts import NO_FACTS, NOTHING, Facts, with_facts
from fundusfm.study.exhibits.strategies_table import (
    AUROC,
    KEYS,
    estimate,
    estimate_cell,
    one,
    signed,
    with_deltas,
    with_tests,
)

_MEAN = "mean of labels"


def labels_tables(
    task: str,
    rows: pd.DataFrame,
    tests: pd.DataFrame,
    *,
    reference: str,
    facts: Facts = NO_FACTS,
) -> Iterator[Exhibit]:
    """Yields one table per method: a row per set and label, a column per strategy, the mean of labels last.

    Where a strategy was run at several sizes, or with several backbones, each of them has a table of its own.

    Args:
        task: Name of the task.
        rows: Whole-set AUROCs of its cells on all patients.
        tests: Tests of these cells from `against_reference`.
        reference: The strategy that the others are tested against.
        facts: What is said of the columns: one with a warning gets the sign `†` and is never the best.
    """
    tests = with_deltas(tests, rows, reference)
    for apart, part in _tables(rows):
        method = apart[0]
        groups = part[KEYS].drop_duplicates().to_dict("records")
        groups.sort(key=lambda group: strategy_order(str(group["strategy"])))
        known = {str(group["strategy"]): facts.get((str(group["strategy"]), method), NOTHING) for group in groups}
        signs = [bool(column.warning) for column in known.values()]
        sets = [text.set_name(name) for name in dict.fromkeys(part["set"])]
        note = holm_note(sets, reference, what=AUROC.name, test=AUROC.test, delta=False)
        sizes = [f"{name}: {column.trained}." for name, column in known.items() if column.trained]
        table = PageTable(
            f"AUROC by label, {text.method_name(method)}, {_networks(groups)}: mean ± "
            f"SD over folds or value, 95 % interval by patient, p against {reference}.",
            ["Label", *(signed(str(group["strategy"]), sign) for group, sign in zip(groups, signs, strict=True))],
            legend=" ".join([note, *sizes]),
            best_of="row",
        )
        lines = part[["set", "label"]].drop_duplicates().to_dict("records")
        for line in lines:
            name, label = str(line["set"]), str(line["label"])
            found = [one(part, group, name, label) for group in groups]
            cells = [
                estimate_cell(cell, one(tests, group, name, label), delta=False, resampled=AUROC.resampled)
                for cell, group in zip(found, groups, strict=True)
            ]
            judged = [place for place, sign in enumerate(signs) if not sign]
            mark_best([cells[place] for place in judged], [estimate(found[place]) for place in judged])
            shown = _MEAN if label == MACRO else label
            table.rows.append([row_header(shown, text.set_name(name)), *cells])
        title = f"Table 3. {text.capital(str(task))}, {', '.join([text.method_name(method), *apart[1:]])}: labels"
        stem = "-".join(["table-3", task, *apart]).replace(" ", "")
        exhibit = Exhibit(stem, title, with_tests(part, tests), table=table)
        yield with_facts(exhibit, {(name, method): column for name, column in known.items()})


def _tables(rows: pd.DataFrame) -> Iterator[tuple[list[str], pd.DataFrame]]:
    """Yields the rows of each table, with its method and whatever else tells it from the other tables."""
    for method, part in rows.groupby("method", sort=False):
        several = [key for key in ("backbone", "size") if part.groupby("strategy")[key].nunique().max() > 1]
        if not several:
            yield [str(method)], part
            continue
        for values, own in part.groupby(several, sort=True):
            named = zip(several, values, strict=True)
            yield [str(method), *(f"{value} px" if key == "size" else str(value) for key, value in named)], own


def _networks(groups: Sequence[Mapping[Hashable, Any]]) -> str:
    """Returns backbones and sizes of the columns, each once."""
    backbones = dict.fromkeys(str(group["backbone"]) for group in groups)
    sizes = dict.fromkeys(f"{group['size']} px" for group in groups)
    return f"{', '.join(backbones)}, {', '.join(sizes)}"
