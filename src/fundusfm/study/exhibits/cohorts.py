"""Table 1: the cohorts of a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fundusfm.data.manifest.labels import column_text, read_targets
from fundusfm.data.manifest.select import select_many
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import Store, open_store
from fundusfm.report import text
from fundusfm.report.tables import PageCell, PageTable, row_header, words
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.spec import StudySpec

_FEMALE = {"female", "f", "w"}


@dataclass(frozen=True)
class Group:
    """Rows with one role.

    Attributes:
        role: Role in the study, such as `upstream` or `abnormality, five folds`.
        store: Store of these rows only.
        labels: Label columns whose positives are counted.
        task: Kind of task that the labels belong to.
    """

    role: str
    store: Store
    labels: Sequence[str]
    task: str


def study_groups(spec: StudySpec, out: Path) -> list[Group]:
    """Returns the groups of a study from its smallest stores: upstream sets, then each task's own and external ones."""
    roles: list[tuple[str, list[str], str | None, Sequence[str], str]] = []
    if spec.upstream:
        roles.append(("upstream", spec.upstream.data, spec.upstream.select, spec.upstream.labels, "multilabel"))
    for name, task in spec.tasks.items():
        roles.append((f"{name}, {spec.folds} folds", [task.data], task.select, task.labels, task.task))
        roles += [(f"{name}, external", [other], None, task.labels, task.task) for other in task.external]
    groups = []
    for role, names, expression, labels, kind in roles:
        found = [(name, _any_store(out, name)) for name in names]
        stores = [store for _, store in found if store is not None]
        if expression and stores:
            masks, _ = select_many([s.frame for s in stores], expression, where=[str(s.path) for s in stores])
            stores = [store.take(mask) for store, mask in zip(stores, masks, strict=True)]
        groups += [Group(role, store, labels, kind) for store in stores]
    return groups


def cohort_table(groups: Sequence[Group]) -> Exhibit:
    """Returns Table 1.

    Args:
        groups: Groups from `study_groups`.
    """
    rows = [_describe(group) for group in groups]
    table = PageTable(
        "Photographs with at least one known label; positives of those whose label is known.",
        ["Set", "Role", "Photographs", "Patients", "Age, mean ± SD", "Female", "Positives of known"],
    )
    for row in rows:
        counts = ", ".join(f"{label} {found}/{known}" for label, (found, known) in row["labels"].items())
        table.rows.append(
            [
                row_header(row["set"]),
                words(row["role"]),
                PageCell(f"{row['photographs']:,}".replace(",", " ")),
                PageCell(text.DASH if row["patients"] is None else f"{row['patients']:,}".replace(",", " ")),
                PageCell(row["age"]),
                PageCell(row["female"]),
                words(counts),
            ]
        )
    numbers = pd.DataFrame(
        [
            {key: row[key] for key in ("set", "role", "photographs", "patients", "age", "female")}
            | {"label": label, "positives": found, "known": known}
            for row in rows
            for label, (found, known) in row["labels"].items()
        ]
    )
    return Exhibit("table-1-cohorts", "Table 1. Cohorts and labels", numbers, table=table)


def nameless_text(groups: Sequence[Group]) -> list[str]:
    """Returns what must be said of sets that name no patient; nothing where all do.

    Args:
        groups: Groups from `study_groups`.
    """
    sets = sorted({group.store.name for group in groups if not _names_patients(group.store.frame)})
    if not sets:
        return []
    return [
        f"{', '.join(sets)} names no patient, so its folds and intervals are by photograph: two photographs of one "
        "person can be in the training and in the test part, and the results may then be too good."
    ]


def _names_patients(frame: pd.DataFrame) -> bool:
    return "patient" in frame and bool((column_text(frame, "patient") != "").any())


def _describe(group: Group) -> dict[str, Any]:
    frame = group.store.frame
    task: Any = group.task
    targets = read_targets(frame, group.labels, task=task, where=str(group.store.path), missing_ok=task == "multilabel")
    known = targets.known()
    kept = frame[known]
    values = targets.values[known]
    return {
        "set": group.store.name,
        "role": group.role,
        "photographs": len(kept),
        "patients": len(np.unique(patient_groups(kept))) if _names_patients(kept) else None,
        "age": _age(kept),
        "female": _female(kept),
        "labels": {
            label: (int(np.nansum(values[:, i])), int((~np.isnan(values[:, i])).sum()))
            for i, label in enumerate(targets.labels)
            if (~np.isnan(values[:, i])).any()
        },
    }


def _age(frame: pd.DataFrame) -> str:
    if "age" not in frame:
        return text.DASH
    ages = pd.to_numeric(column_text(frame, "age"), errors="coerce").dropna()
    return f"{ages.mean():.0f} ± {ages.std():.0f}" if len(ages) else text.DASH


def _female(frame: pd.DataFrame) -> str:
    if "sex" not in frame:
        return text.DASH
    sexes = column_text(frame, "sex").str.lower()
    known = sexes[sexes != ""]
    return f"{known.isin(_FEMALE).mean() * 100:.0f} %" if len(known) else text.DASH


def _any_store(out: Path, name: str) -> Store | None:
    """The smallest store of a data set; None where none could be prepared."""
    found = [header.parent for header in (out / "stores").glob(f"{name}-*px/header.json")]
    smallest = min(found, key=lambda folder: int(folder.name.rsplit("-", 1)[1].removesuffix("px")), default=None)
    return open_store(f"{name}={smallest}") if smallest else None
