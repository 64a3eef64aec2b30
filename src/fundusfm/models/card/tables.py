"""The tables of a card as Markdown: operating points, results with intervals, subgroups."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan

from fundusfm.models.card.results import Estimate, LabelMetrics, Results
from fundusfm.models.card.schema import Card

_COLUMNS = {
    "n": "n",
    "positives": "positives",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "dice": "Dice",
    "cldice": "clDice",
    "centre_within_half": "centre within half a radius",
    "lesion_sensitivity": "lesions found",
    "false_positives": "false lesions",
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


def operating_point_table(card: Card) -> list[str]:
    """Returns one row per label and operating point; no line where the card has none."""
    rows = [
        [label, name, f"{point.threshold:.4f}", f"{point.sensitivity:.3f}", f"{point.specificity:.3f}"]
        for label, points in card.operating_points.items()
        for name, point in points.items()
    ]
    return markdown_table(["label", "point", "threshold", "sensitivity", "specificity"], rows) if rows else []


def referral_table(card: Card) -> list[str]:
    """Returns one row per label of the referral rule; no line where the card has no rule."""
    if card.referral is None:
        return []
    rows = []
    for label, threshold in card.referral.thresholds.items():
        found = card.referral.per_label.get(label)
        share = _DASH if found is None else f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
        eyes = _DASH if found is None else str(found.positives)
        rows.append([card.name_of(label), f"`{label}`", eyes, share, f"{threshold:.4f}"])
    return markdown_table(["eyes with", "label", "eyes", "referred", "threshold"], rows)


def both_eyes_table(card: Card) -> list[str]:
    """Returns the AUROC of each label by both eyes, and its gain, in the folds; no line where the card has no term."""
    if card.both_eyes is None:
        return []
    metrics = card.metrics.get("both_eyes", {})
    both, paired = Results.read(metrics).cv, metrics.get("paired", {}).get("cv", {})
    weights = card.both_eyes.weights
    rows = [
        [
            label,
            _cell("auroc", both.get(label, {}).get("auroc")),
            _gain(paired.get(label, {}).get("bootstrap") or {}),
            f"{weights[label].own:.2f}, {weights[label].fellow:.2f}" if label in weights else "1, 0",
        ]
        for label in card.labels
    ]
    return markdown_table(["label", "AUROC, both eyes", "against one eye", "weights (own, fellow)"], rows)


def _gain(test: Mapping[str, float | None]) -> str:
    """Returns a difference with its interval, as a paired test of `metrics.json` holds it."""
    value, low, high = (test.get(key) for key in ("difference", "low", "high"))
    return _DASH if value is None or low is None or high is None else f"{value:+.3f} ({low:.3f} to {high:.3f})"


def result_tables(card: Card) -> Iterator[tuple[str, list[str]]]:
    """Yields a title and a table of labels for the folds and for each external set."""
    for name, labels in Results.read(card.metrics).sets.items():
        rows = {label: found for label, found in labels.items() if not _repeats(label, labels)}
        yield _title(name, "mean over folds"), _metric_table("label", rows, tuple(_COLUMNS))


def subgroup_tables(card: Card) -> Iterator[tuple[str, list[str]]]:
    """Yields a title and a table of groups for each set and column, such as sex."""
    for name, columns in (Results.read(card.metrics).subgroups or {}).items():
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


def _metric_table(first: str, rows: LabelMetrics, metrics: Sequence[str]) -> list[str]:
    shown = [metric for metric in metrics if any(metric in cells for cells in rows.values())]
    body = [[name, *(_cell(metric, cells.get(metric)) for metric in shown)] for name, cells in rows.items()]
    return markdown_table([first, *(_COLUMNS[metric] for metric in shown)], body)


def _repeats(label: str, labels: LabelMetrics) -> bool:
    """Whether a row is the mean over a single label."""
    return label == "macro" and len(labels) <= 2


def _cell(metric: str, found: Estimate | None) -> str:
    if found is None:
        return ""
    if metric in _COUNTS:
        return f"{found.count:.0f}"
    if isnan(found.value):
        return _DASH
    flag = _CAREFUL if found.reason else ""
    if isnan(found.low) or isnan(found.high):
        return f"{found.value:.3f}{flag}"
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f}){flag}"
