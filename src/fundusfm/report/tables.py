"""Tables of a report as plain data: cells with a detail line, an emphasis and a footnote. Templates draw them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from fundusfm.evaluation.cells import by_support
from fundusfm.evaluation.few import split_care
from fundusfm.models.card.results import Estimate, LabelMetrics
from fundusfm.report import text
from fundusfm.report.read import Run

MAIN_METRICS = ("auroc", "auprc", "sensitivity", "specificity", "f1", "balanced_accuracy", "kappa", "brier", "ece")
MOST_COLUMNS = 9
"""That fit beside each other on a page of A4 and on a screen of 1,280 pixels."""
LOWER_IS_BETTER = ("brier", "ece")
INTERVAL = "95 % interval"
"""Name of the column of intervals, where they have one of their own."""
THRESHOLD_RULE = (
    "Sensitivity, specificity, F1, balanced accuracy and kappa: at the threshold of the highest Youden index, chosen "
    "in cross-validation on the other folds and for external sets on the validation predictions."
)
_SUBGROUP_METRICS = ("auroc", "auprc", "sensitivity", "specificity", "ece", "n", "positives")


@dataclass
class PageCell:
    """One cell: its text, a smaller line below, the footnote's number (0 = none), and how it stands out.

    Where a form has room for a column each, the entries of `columns` (name to text) take the place of `detail`.
    """

    text: str
    detail: str = ""
    note: int = 0
    best: bool = False
    tied: bool = False
    numeric: bool = True
    span: int = 1
    colour: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass
class PageTable:
    """A captioned table; the first cell of every row is its header. Equal footnotes share a number.

    Among the cells of what `best_of` names, the best is marked.
    """

    caption: str
    head: list[str]
    rows: list[list[PageCell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    legend: str = ""
    best_of: Literal["column", "row"] = "column"
    kind: str = field(default="table", init=False)

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers, which are set flush right."""
        return any(row[column].numeric for row in self.rows if column < len(row))

    @property
    def marks(self) -> str:
        """What the signs beside the values mean; empty where there are none."""
        cells = [cell for row in self.rows for cell in row]
        said = [f"▲ best of its {self.best_of}"] * any(cell.best for cell in cells)
        said += ["≈ its 95 % interval overlaps that of the best"] * any(cell.tied for cell in cells)
        return f"{'; '.join(said)}." if said else ""

    def parts(self, most: int = MOST_COLUMNS) -> list["PageTable"]:
        """Returns the table in parts that fit the width of a page, each with the columns that name its rows."""
        if len(self.head) <= most:
            return [self]
        named = 2 if self.rows and not self.numeric(1) else 1
        columns = range(named, len(self.head))
        count = math.ceil(len(columns) / max(most - named, 1))
        width = math.ceil(len(columns) / count)
        found: list[PageTable] = []
        for start in columns[::width]:
            kept = [*range(named), *columns[start - named : start - named + width]]
            caption = self.caption if not found else f"{self.caption} (continued)"
            rows = [[place for column in kept if (place := _at(row, column, kept))] for row in self.rows]
            found.append(PageTable(caption, [self.head[column] for column in kept], rows, best_of=self.best_of))
        found[-1].notes, found[-1].legend = self.notes, self.legend
        return found

    def note(self, reason: str | None) -> int:
        """Returns the number of a footnote, adding it where it is new; 0 for no reason."""
        if not reason:
            return 0
        if reason not in self.notes:
            self.notes.append(reason)
        return self.notes.index(reason) + 1

    def measured(self, found: Estimate | None, key: str = "") -> PageCell:
        """Returns the cell of a metric: value, interval below, and why it is missing or partial.

        Where a value rests on few patients, that stands in its place, and the value below.
        """
        if found is None:
            return PageCell(text.DASH)
        if key in text.COUNTS:
            return replace(counted(found.count), note=self.note(found.reason))
        care, rest = split_care(found.reason)
        if care:
            return PageCell(care, f"{text.estimate(found)} {text.interval(found)}", self.note(rest))
        ends = text.interval(found)
        return PageCell(text.estimate(found), ends, self.note(found.reason), columns={INTERVAL: ends})


def _at(row: Sequence[PageCell], column: int, kept: Sequence[int]) -> PageCell | None:
    """Returns what stands in a column of a part; one cell stands for all the columns that it spans there."""
    start = 0
    for cell in row:
        covered = [place for place in kept if start <= place < start + cell.span]
        if column in covered:
            return replace(cell, span=len(covered)) if column == covered[0] else None
        start += cell.span
    return None


def row_header(name: str, detail: str = "", colour: str = "") -> PageCell:
    """Returns the first cell of a row."""
    return PageCell(name, detail, numeric=False, colour=colour)


def counted(number: float | None) -> PageCell:
    """Returns a cell of a count, with spaces between thousands."""
    known = text.finite(number)
    return PageCell(text.DASH if known is None else f"{known:,.0f}".replace(",", " "))


def words(content: str) -> PageCell:
    """Returns a cell of text rather than of numbers."""
    return PageCell(content, numeric=False)


def key_values(caption: str, items: Mapping[str, Any]) -> PageTable:
    """Returns a two-column table of whatever is known."""
    return PageTable(
        caption, ["Name", "Value"], [[row_header(str(key)), words(text.value(item))] for key, item in items.items()]
    )


def metric_tables(run: Run) -> list[PageTable]:
    """Returns the metrics of a run: one table by metric and set for a single label, else one per set by label."""
    labels, sets = run.labels, [name for name in run.sets if run.results(name)]
    if not sets:
        return []
    how = f"Mean ± SD over folds or value; in brackets the 95 % interval by {run.unit[:-1]}. {THRESHOLD_RULE}"
    if len(labels) == 1:
        table = PageTable(f"Metrics of {labels[0]}. {how}", ["Metric", *(text.set_name(name) for name in sets)])
        found = [set(run.results(name).get(labels[0], {})) for name in sets]
        for key in (*MAIN_METRICS, "prevalence", "n", "positives"):
            if any(key in keys for keys in found):
                cells = [table.measured(run.results(name).get(labels[0], {}).get(key), key) for name in sets]
                table.rows.append([row_header(text.metric_name(key)), *cells])
        return [table]
    return [_by_label(run.results(name), f"Metrics in {text.set_name(name)}. {how}") for name in sets]


def _by_label(results: LabelMetrics, caption: str) -> PageTable:
    keys = [key for key in (*MAIN_METRICS, "n", "positives") if any(key in entry for entry in results.values())]
    table = PageTable(caption, ["Label", *(text.metric_name(key) for key in keys)])
    means = {"macro": "Mean over labels", "overall": "All classes together"}
    labels = by_support([label for label in results if label not in means], results)
    for label in [*labels, *(mean for mean in means if mean in results)]:
        entry, name = results[label], means.get(label, label)
        table.rows.append([row_header(name), *(table.measured(entry.get(key), key) for key in keys)])
    return table


def operating_point_table(run: Run) -> PageTable | None:
    """Returns the stored thresholds with what they reach in every set, or None where the run stored none."""
    stored: Mapping[str, Mapping[str, Any]] = run.card.get("operating_points") or {}
    if not stored:
        return None
    sets = [name for name in run.sets if run.results(name)]
    head = ["Operating point", "Threshold"]
    for name in sets:
        head += [f"Sensitivity, {text.set_name(name)}", f"Specificity, {text.set_name(name)}"]
    table = PageTable(
        "Operating points: thresholds on the uncalibrated score, chosen on validation predictions only; "
        "a score at or above the threshold is positive.",
        head,
    )
    for label, points in stored.items():
        for point, entry in points.items():
            cells = [PageCell(text.number(entry.get("threshold"), 4))]
            suffix = "" if point == "youden" else f"@{point}"
            for name in sets:
                found = run.results(name).get(label, {})
                cells += [
                    table.measured(found.get(f"sensitivity{suffix}")),
                    table.measured(found.get(f"specificity{suffix}")),
                ]
            title = text.point_name(point)
            table.rows.append([row_header(title if len(stored) == 1 else f"{label}: {title}"), *cells])
    return table


def subgroup_tables(run: Run) -> list[PageTable]:
    """Returns one table per set and column: the main metrics of every subgroup and label."""
    tables = []
    for name, columns in (run.all_results.subgroups or {}).items():
        for column, groups in columns.items():
            found = [entry for labels in groups.values() for entry in labels.values()]
            keys = [key for key in _SUBGROUP_METRICS if any(key in entry for entry in found)]
            table = PageTable(
                f"Subgroups by {column}, {text.set_name(name)}; in brackets the 95 % interval.",
                ["Subgroup", "Label", *(text.metric_name(key) for key in keys)],
            )
            for group, labels in groups.items():
                for label, entry in labels.items():
                    if label == "overall" or (label == "macro" and len(labels) == 2):
                        continue
                    title = "mean over labels" if label == "macro" else str(label)
                    cells = [table.measured(entry.get(key), key) for key in keys]
                    table.rows.append([row_header(str(group)), words(title), *cells])
            tables.append(table)
    return tables


def flat(content: Any, prefix: str = "") -> dict[str, Any]:
    """Flattens nested mappings into `a · b` keys, for results that follow no table of their own."""
    if not isinstance(content, Mapping):
        return {prefix: content}
    result: dict[str, Any] = {}
    for key, item in content.items():
        result |= flat(item, f"{prefix} · {key}" if prefix else str(key))
    return result


def mark_best(cells: Sequence[PageCell], found: Sequence[Estimate | None], *, lower: bool = False) -> None:
    """Emphasises the best cell of a column, and marks those whose interval overlaps that of the best.

    Args:
        cells: Cells of the column.
        found: The metric behind each cell.
        lower: Whether less is better.
    """
    values = [text.central(item) for item in found]
    known = [index for index, item in enumerate(values) if item is not None]
    if len(known) < 2:
        return
    best = (min if lower else max)(known, key=lambda index: values[index] or 0.0)
    cells[best].best = True
    best_low, best_high = _ends(found[best])
    for index in known:
        low, high = _ends(found[index])
        if index != best and None not in (low, high, best_low, best_high):
            cells[index].tied = low <= best_high and high >= best_low  # type: ignore[operator]


def _ends(found: Estimate | None) -> tuple[float | None, float | None]:
    return (None, None) if found is None else (text.finite(found.low), text.finite(found.high))
