"""Numbers and names as readers see them, rounded the same way everywhere."""

import math
from collections.abc import Mapping
from typing import Any

from fundusfm.models.card.results import Estimate
from fundusfm.names import shown

DASH = "–"

METRICS: dict[str, str] = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "f1": "F1",
    "balanced_accuracy": "Balanced accuracy",
    "accuracy": "Accuracy",
    "kappa": "Kappa",
    "dice": "Dice",
    "cldice": "clDice (centrelines)",
    "mcc": "Matthews correlation",
    "auroc_pooled": "AUROC, pooled pixels",
    "auprc_pooled": "AUPRC, pooled pixels",
    "centre_error": "Centre's error, in radii",
    "centre_within_half": "Centre within half a radius",
    "lesion_sensitivity": "Lesions found",
    "false_positives": "False lesions per photograph",
    "accuracy_found": "Accuracy on vessels found",
    "sensitivity_found": "Sensitivity on vessels found",
    "specificity_found": "Specificity on vessels found",
    "found": "Vessel pixels found",
    "brier": "Brier score",
    "ece": "ECE",
    "prevalence": "Prevalence",
    "n": "Images",
    "positives": "Positives",
}
_SETS = {"cv": "cross-validation", "before": "before adaptation", "after": "after adaptation"}
COUNTS = ("n", "positives", "patients")
POINTS = {"youden": "Youden index", "sensitivity_0.95": "sensitivity ≥ 0.95", "specificity_0.95": "specificity ≥ 0.95"}


def metric_name(key: str) -> str:
    """`sensitivity@specificity_0.95` -> `Sensitivity at specificity ≥ 0.95`."""
    name, _, point = key.partition("@")
    shown = METRICS.get(name, name.replace("_", " "))
    return f"{shown} at {point_name(point)}" if point else shown


def point_name(key: str) -> str:
    """Name of an operating point."""
    return POINTS.get(key, key.replace("_", " "))


def capital(name: str) -> str:
    """`abnormality` -> `Abnormality`, at the start of a title."""
    return name[:1].upper() + name[1:]


def set_name(key: str) -> str:
    """Name of a set: the cross-validation, photographs before and after adaptation to them, or an external set."""
    return _SETS.get(key, f"external: {key}")


def method_name(key: str) -> str:
    """`LF` -> `linear probe (LF)`."""
    return {"LF": "linear probe (LF)", "FF": "fine-tuning (FF)"}.get(key, key)


def finite(value: Any) -> float | None:
    """Returns a number, or None for null, NaN and what is no number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def central(found: Estimate | None) -> float | None:
    """The mean over folds, or the value of an external set."""
    return None if found is None else finite(found.value)


def number(value: Any, digits: int = 3, *, signed: bool = False) -> str:
    """A number with fixed digits and a true minus sign (and a plus, for differences), or a dash."""
    known = finite(value)
    return DASH if known is None else f"{known:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def interval(found: Estimate | None, digits: int = 3) -> str:
    """`[low, high]`, or nothing where an end is unknown."""
    if found is None or finite(found.low) is None or finite(found.high) is None:
        return ""
    return f"[{number(found.low, digits)}, {number(found.high, digits)}]"


def estimate(found: Estimate | None) -> str:
    """`0.912 ± 0.013` over folds, `0.912` otherwise."""
    if found is None or finite(found.value) is None:
        return DASH
    return number(found.value) + (f" ± {number(found.std)}" if finite(found.std) is not None else "")


def with_interval(found: Estimate | None) -> str:
    """`0.912 [0.890, 0.931]` for legends and sentences."""
    return f"{number(central(found))} {interval(found)}".strip()


def p_value(value: Any, *, at_most: bool = False) -> str:
    """A p value with three digits, `< 0.001` below; `≤ 0.002` where it is an upper bound."""
    known = finite(value)
    if known is None:
        return DASH
    return "< 0.001" if known < 0.001 else f"{'≤ ' if at_most and known < 1 else ''}{known:.3f}"


def duration(seconds: Any) -> str:
    """`8 s`, `3 min 20 s`, `1 h 05 min`."""
    known = finite(seconds)
    if known is None:
        return DASH
    whole = round(known)
    if whole < 60:
        return f"{known:.1f} s" if known < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def short(name: str, most: int) -> str:
    """Returns a name of at most `most` characters, its end replaced by an ellipsis where it is longer."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def drawable(content: str) -> str:
    """Returns text, such as a whole page, that HTML, SVG and files in UTF-8 can hold; see `fundusfm.names.shown`."""
    return "\n".join(map(shown, content.split("\n")))


def value(item: Any) -> str:
    """Any plain value of a configuration or card as one line."""
    if item is None or item == "" or item == [] or item == {}:
        return DASH
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, float):
        return f"{item:g}"
    if isinstance(item, Mapping):
        return "; ".join(f"{key}: {value(entry)}" for key, entry in item.items())
    if isinstance(item, list | tuple):
        return ", ".join(value(entry) for entry in item)
    return str(item)
