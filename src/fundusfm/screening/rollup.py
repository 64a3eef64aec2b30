"""Results per eye, patient or visit: the worst photograph decides."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from fundusfm.data.eye_names import eye_of_name
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError
from fundusfm.models.card.label_names import means_healthy
from fundusfm.screening.documents.group import eye_of
from fundusfm.screening.referral import EYES, eye_decision, person_decision
from fundusfm.screening.results import as_table
from fundusfm.screening.screener import FAILED, NOT_FUNDUS, OK, UNGRADABLE, WHAT

if TYPE_CHECKING:
    import pandas as pd

By = Literal["eye", "patient", "visit"]

_KEYS: dict[By, tuple[str, ...]] = {
    "eye": ("patient", "eye"),
    "patient": ("patient",),
    "visit": ("patient", "visit"),
}
_SHOWN = 5

_Eyes = dict[str, list[dict[str, Any]]]
"""Photographs by eye, empty where it is not known."""

_BEST_FIRST = (OK, UNGRADABLE, NOT_FUNDUS, FAILED)


def check_rollup(sources: Sequence[Source], by: By, *, task: str | None, ordered: bool) -> None:
    """Refuses a roll-up that the photographs or the model cannot give.

    Raises:
        ConfigError: The columns are missing, or the model's classes have no order.
    """
    missing = [column for column in _KEYS[by] if not any(_said(source, column) for source in sources)]
    if missing:
        raise ConfigError(
            f"--per {by} needs the column{'s' if len(missing) > 1 else ''} {' and '.join(missing)}: give "
            "a manifest (CSV or Parquet) with image and these columns instead of files, or DICOM files, "
            "whose headers are read."
        )
    if task == "multiclass" and not ordered:
        raise ConfigError(
            f"--per {by}: the model's classes have no order, so none of a patient's photographs is the "
            "worst; roll up the table of photographs yourself."
        )


def roll_up(
    rows: Sequence[dict[str, Any]], sources: Sequence[Source], labels: Sequence[str], by: By, *, task: str | None
) -> tuple["pd.DataFrame", int]:
    """Returns one row per eye, patient or visit, and how many photographs name none.

    `refer`, `why` and `uncertain` are those of the eye or, per patient and visit, of the worse eye, with the decision
    about each eye in `left` and `right`. `status`, `reason` and `quality` are those of the worse eye too, where each
    eye has those of its best photograph. Only photographs whose status is `ok` are scored. Each label takes its cells
    from its worst photograph, named in `<label>.image`: the one with the highest probability (lowest, of a label that
    means healthy); an ordered multiclass model takes all cells from the photograph of the highest expected class.

    Args:
        rows: Rows of the photographs, as `Screener.screen` returns them.
        sources: The same photographs, with the columns of their manifest or DICOM header.
        labels: The model's labels.
        by: What a row stands for.
        task: The model's task, such as `multilabel`.
    """
    keys = _KEYS[by]
    units: dict[tuple[str, ...], dict[str, list[dict[str, Any]]]] = {}
    nameless = 0
    for row, source in zip(rows, sources, strict=True):
        unit = tuple(_said(source, key) for key in keys)
        if all(unit):
            units.setdefault(unit, {}).setdefault(eye_of(source), []).append(row)
        else:
            nameless += 1
    what = (*WHAT, "image")
    decided = ("refer", "why", "uncertain", *(() if by == "eye" else EYES))
    facts = ("status", "reason", "images", "used", "quality")
    columns = [*keys, *decided, *facts, *(f"{a}.{b}" for a in labels for b in what)]
    table = [
        dict(zip(keys, unit, strict=True)) | _decision(eyes, by) | _facts(eyes) | _worst(_all(eyes), labels, task)
        for unit, eyes in units.items()
    ]
    return as_table(table, columns), nameless


def _said(source: Source, column: str) -> str:
    """Returns what a photograph says in a column; without a column `eye`, its file's name may say the eye."""
    said = source.columns.get(column, "")
    # A DICOM header that leaves the eye open may do so because it contradicts itself, which no file name settles.
    return said or (eye_of_name(source.name) if column == "eye" and source.kind != "DICOM" else "")


def named_eyes_text(sources: Sequence[Source]) -> str:
    """Returns how many photographs have their eye from their file's name; empty where there is none."""
    count = sum(1 for source in sources if not source.columns.get("eye") and _said(source, "eye"))
    return f"eyes of {count} photographs are taken from their files' names" if count else ""


def strange_eyes_text(sources: Sequence[Source]) -> str:
    """Returns which photographs' eye is given in words that are not known; empty where there is none."""
    found = [
        f"{source.name} ({eye!r})" for source in sources if (eye := source.columns.get("eye", "")) not in (*EYES, "")
    ]
    if not found:
        return ""
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (
        f"the column eye holds neither left nor right, L nor R, OS nor OD: {', '.join(found[:_SHOWN])}{more}; "
        "correct it to have a decision about each eye"
    )


def _all(eyes: _Eyes) -> list[dict[str, Any]]:
    return [row for rows in eyes.values() for row in rows]


def _decision(eyes: _Eyes, by: By) -> dict[str, Any]:
    return eye_decision(_all(eyes)) if by == "eye" else person_decision(eyes)


def _facts(eyes: _Eyes) -> dict[str, Any]:
    """Returns status and quality: those of each eye's best photograph, of the worse eye."""
    best = [min(rows, key=lambda row: (_BEST_FIRST.index(row["status"]), -row["quality"])) for rows in eyes.values()]
    worse = max(best, key=lambda row: (_BEST_FIRST.index(row["status"]), -row["quality"]))
    rows = _all(eyes)
    return {
        "status": worse["status"],
        "reason": worse["reason"],
        "images": len(rows),
        "used": sum(row["status"] == OK for row in rows),
        "quality": worse["quality"],
    }


def _worst(rows: Sequence[dict[str, Any]], labels: Sequence[str], task: str | None) -> dict[str, Any]:
    used = [row for row in rows if row["status"] == OK]
    found: dict[str, Any] = {}
    for label in labels if used else ():
        row = max(used, key=_badness(label, labels, task))
        found |= {f"{label}.{what}": row.get(f"{label}.{what}") for what in WHAT}
        found[f"{label}.image"] = row["image"]
    return found


def _badness(label: str, labels: Sequence[str], task: str | None) -> Callable[[dict[str, Any]], float]:
    def badness(row: dict[str, Any]) -> float:
        if task == "multiclass":
            grades = sorted(labels, key=float)
            return sum(grade * float(row[f"{name}.probability"]) for grade, name in enumerate(grades))
        sign = -1.0 if means_healthy(label) else 1.0
        return sign * float(row[f"{label}.probability"])

    return badness
