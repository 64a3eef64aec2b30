"""The work of `fundusfm data check`: reads, compares and prints."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fundusfm.config.data import CheckConfig
from fundusfm.data.decode.image import lost_file
from fundusfm.data.dicom.laterality import NO_SIDE
from fundusfm.data.inputs.light import is_light
from fundusfm.data.manifest.counts import label_counts, rare_labels
from fundusfm.data.manifest.duplicates import Pair, find_duplicates
from fundusfm.data.manifest.fault import Fault
from fundusfm.data.manifest.faults import PARTS, table_faults
from fundusfm.data.manifest.files import eye_doubts, file_faults, unnamed_photographs
from fundusfm.data.manifest.fingerprint import Fingerprint, fingerprint
from fundusfm.data.manifest.identity import identity_warnings
from fundusfm.data.manifest.labels import column_text, row_number
from fundusfm.data.manifest.table import read_manifest
from fundusfm.data.manifest.words import comparison_notes
from fundusfm.data.parallel import ordered_map, worker_count
from fundusfm.errors import DecodeError
from fundusfm.names import shown
from fundusfm.progress import track

_SHOWN = 20


@dataclass(frozen=True)
class CheckReport:
    """What `fundusfm data check` found.

    Attributes:
        faults: Every fault, in the order of the rows.
        warnings: What may be wrong and cannot be told from the table alone.
        notes: What is worth knowing and no fault.
        summary: Counts: rows, readable photographs, faults, and faults of each kind.
    """

    faults: list[Fault]
    warnings: list[Fault]
    notes: list[str]
    summary: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether there is no fault."""
        return not self.faults


def run_check(config: CheckConfig) -> CheckReport:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    read = read_manifest(config.manifest, missing=config.missing or [])
    frame, where = read.frame, str(read.path)
    faults = table_faults(frame, config.labels or [], task=config.task, where=where)
    paths = read.image_paths()
    found = list(
        track(
            ordered_map(
                fingerprint,
                paths,
                workers=worker_count(config.workers, len(paths)),
                lost=lost_file,
                light=is_light,
            ),
            label="check",
            total=len(paths),
            unit="photo",
        )
    )
    labelled = label_counts(frame, config.labels or [], task=config.task, where=where)
    warnings = [*identity_warnings(frame, config.labels or [], task=config.task), *rare_labels(labelled)]
    faults += file_faults(read, paths, found)
    counts = [0 if isinstance(result, DecodeError) else result.photographs for result in found]
    warnings += unnamed_photographs(frame, paths, counts)
    warnings += eye_doubts(frame, [NO_SIDE if isinstance(result, DecodeError) else result.side for result in found])
    prints: list[Fingerprint | None] = [None if isinstance(result, DecodeError) else result for result in found]
    same_path = column_text(frame, "image").duplicated().to_numpy()
    pairs = find_duplicates([None if repeated else one for one, repeated in zip(prints, same_path, strict=True)])
    faults += [_duplicate_fault(frame, pair, config.labels or []) for pair in pairs]
    faults.sort(key=lambda fault: (fault.rows[:1] or (0,), fault.kind))
    notes = [count.text() for count in labelled] + comparison_notes(frame, config.labels or [])
    unknown = {count.column: count.unknown for count in labelled if count.unknown}
    notes += [f"label {label}: {count} of {len(frame)} rows are unknown" for label, count in unknown.items()]
    notes += [f"{known}: taken from the column `{column}`" for known, column in read.taken.items()]
    root = read.path.resolve().parent
    outside = sum(not _lies_in(path, root) for path in paths)
    if outside:
        notes.append(f"image: {outside} of {len(frame)} files lie outside {root} and will not move with the manifest")
    faults, warnings = _with_own_columns(faults, read.taken), _with_own_columns(warnings, read.taken)
    kinds = pd.Series([fault.kind for fault in faults], dtype=object).value_counts().to_dict()
    summary = {
        "manifest": where,
        "rows": len(frame),
        "readable": sum(one is not None for one in prints),
        "faults": len(faults),
        "warnings": len(warnings),
        "labels": [asdict(count) for count in labelled],
        **{str(kind): int(count) for kind, count in kinds.items()},
    }
    if config.json:
        listed = {"faults": list(map(_as_dict, faults)), "warnings": list(map(_as_dict, warnings))}
        print(json.dumps(listed | {"notes": notes, "summary": summary}, indent=2))
    else:
        print(_text(faults, warnings, notes, summary))
    return CheckReport(faults, warnings, notes, summary)


def _with_own_columns(faults: Sequence[Fault], taken: Mapping[str, str]) -> list[Fault]:
    """Names columns as the table does, which knows `Patient ID` and not `patient`."""
    return [replace(fault, column=taken.get(fault.column or "", fault.column)) for fault in faults]


def _lies_in(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder)
    except OSError:  # a name that is too long for this file system
        return False


def _duplicate_fault(frame: pd.DataFrame, pair: Pair, labels: Sequence[str]) -> Fault:
    """Describes a pair; a different label or another part makes it worse than a repetition, and is said."""
    rows = row_number(frame, pair.first), row_number(frame, pair.second)
    images = column_text(frame, "image")
    names = images.iloc[pair.first], images.iloc[pair.second]
    message = (
        f"{names[1]} is the same file as {names[0]}"
        if pair.exact
        else f"{names[1]} shows the same picture as {names[0]} (likeness {pair.likeness:.2f}, flips allowed)"
    )
    fix = "keep one of the two"
    differ = [label for label in labels if label in frame and len(_values(frame, label, pair)) > 1]
    if differ:
        message += f"; their labels differ ({', '.join(differ)})"
        fix = "find out which label is right, and keep one of the two"
    apart = [column for column in PARTS if column in frame and len(_values(frame, column, pair)) > 1]
    if apart:
        message += f"; they are in different {' and '.join(apart)}: what is tested has been trained on"
    if "patient" in frame and len(_values(frame, "patient", pair)) > 1:
        message += "; they name different patients"
    return Fault("exact_duplicate" if pair.exact else "near_duplicate", rows, "image", message, fix)


def _values(frame: pd.DataFrame, column: str, pair: Pair) -> set[str]:
    cells = column_text(frame, column).iloc[np.array([pair.first, pair.second])]
    return set(cells) - {""}


def _as_dict(fault: Fault) -> dict[str, Any]:
    return {"row": fault.rows[0] if fault.rows else None, **asdict(fault)}


def _text(faults: Sequence[Fault], warnings: Sequence[Fault], notes: Sequence[str], summary: dict[str, Any]) -> str:
    """Returns the listing: faults by kind, each with rows and column, then warnings, notes and counts."""
    lines = [*_listing(faults), *(f"warning: {line}" for line in _listing(warnings)), *notes]
    count, doubts = summary["faults"], summary["warnings"]
    # Without a patient column, "no faults" would be read as "folds are safe".
    found = "no faults" if not (count or doubts) else f"{count} fault{'' if count == 1 else 's'}"
    if doubts:
        found += f", {doubts} warning{'' if doubts == 1 else 's'}"
    lines.append(f"{summary['manifest']}: {summary['rows']} rows, {summary['readable']} readable photographs, {found}")
    return "\n".join(map(shown, lines))


def _listing(faults: Sequence[Fault]) -> list[str]:
    lines = []
    for kind in dict.fromkeys(fault.kind for fault in faults):
        found = [fault for fault in faults if fault.kind == kind]
        lines.append(f"{kind.replace('_', ' ')} ({len(found)}): {found[0].fix}")
        for fault in found[:_SHOWN]:
            listed = ", ".join(map(str, fault.rows[:_SHOWN]))
            more = f" and {len(fault.rows) - _SHOWN} more" if len(fault.rows) > _SHOWN else ""
            rows = f"row {listed}{more}: " if fault.rows else ""
            column = f"{fault.column}: " if fault.column and fault.column != "image" else ""
            lines.append(f"  {rows}{column}{fault.message}")
        if len(found) > _SHOWN:
            lines.append(f"  … and {len(found) - _SHOWN} more; --json lists all")
    return lines
