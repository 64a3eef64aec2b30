"""The tables of a card as Markdown: operating points, results with intervals, subgroups."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fundusfm.models.card.schema import Card

_COLUMNS = {
    "n": "n",
    "positives": "positives",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "dice": "Dice",
    "cldice": "clDice",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "accuracy": "accuracy",
    "brier": "Brier",
    "ece": "ECE",
}
"""What a table shows, in this order, where a card has it; `card.json` holds every metric."""

_SUBGROUP_COLUMNS = ("n", "positives", "auroc", "sensitivity", "specificity")
_COUNTS = ("n", "positives")
_DASH = "–"
_CAREFUL = "\\*"

Cells = Mapping[str, Mapping[str, Any]]


def operating_point_table(card: Card) -> list[str]:
    """Returns one row per label and operating point; no line where the card has none."""
    rows = [
        [label, name, f"{point.threshold:.4f}", f"{point.sensitivity:.3f}", f"{point.specificity:.3f}"]
        for label, points in card.operating_points.items()
        for name, point in points.items()
    ]
    return markdown_table(["label", "point", "threshold", "sensitivity", "specificity"], rows) if rows else []


def result_tables(card: Card) -> Iterator[tuple[str, list[str]]]:
    """Yields a title and a table of labels for the folds and for each external set."""
    sets: dict[str, Any] = dict(card.metrics.get("external") or {})
    if folds := card.metrics.get("cv"):
        sets = {"cv": folds} | sets
    for name, labels in sets.items():
        rows = {label: cells for label, cells in labels.items() if not _repeats(label, labels)}
        yield _title(name, "mean over folds"), _metric_table("label", rows, tuple(_COLUMNS))


def subgroup_tables(card: Card) -> Iterator[tuple[str, list[str]]]:
    """Yields a title and a table of groups for each set and column, such as sex."""
    for name, columns in (card.metrics.get("subgroups") or {}).items():
        for column, groups in columns.items():
            rows = {
                f"{group}, {label}": cells
                for group, labels in groups.items()
                for label, cells in labels.items()
                if not _repeats(label, labels)
            }
            title = _title(name, "out-of-fold scores pooled")
            yield f"By {column}, {title}", _metric_table(f"{column}, label", rows, _SUBGROUP_COLUMNS)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns a table whose columns also line up as plain text."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]


def _title(name: str, folds: str) -> str:
    return f"cross-validation, {folds}" if name == "cv" else f"external set {name}"


def _metric_table(first: str, rows: Mapping[str, Cells], metrics: Sequence[str]) -> list[str]:
    shown = [metric for metric in metrics if any(metric in cells for cells in rows.values())]
    body = [[name, *(_cell(metric, cells.get(metric)) for metric in shown)] for name, cells in rows.items()]
    return markdown_table([first, *(_COLUMNS[metric] for metric in shown)], body)


def _repeats(label: str, labels: Mapping[str, Any]) -> bool:
    """Whether a row is the mean over a single label."""
    return label == "macro" and len(labels) <= 2


def _cell(metric: str, cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    value = cell.get("total", cell.get("value", cell.get("mean")))
    if value is None:
        return _DASH
    if metric in _COUNTS:
        return f"{value:.0f}"
    flag = _CAREFUL if cell.get("reason") else ""
    if cell.get("low") is None or cell.get("high") is None:
        return f"{value:.3f}{flag}"
    return f"{value:.3f} ({cell['low']:.3f} to {cell['high']:.3f}){flag}"
