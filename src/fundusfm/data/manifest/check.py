"""The work of `fundusfm data check`: reads, compares and prints."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from fundusfm.config.data import CheckConfig
from fundusfm.data.manifest.duplicates import Pair, find_duplicates
from fundusfm.data.manifest.faults import PARTS, Fault, table_faults, unknown_counts
from fundusfm.data.manifest.fingerprint import Fingerprint, fingerprint, lost_file
from fundusfm.data.manifest.labels import column_text, row_number
from fundusfm.data.manifest.table import read_manifest
from fundusfm.data.parallel import ordered_map, worker_count
from fundusfm.errors import DecodeError
from fundusfm.progress import track

_SHOWN = 20


@dataclass(frozen=True)
class CheckReport:
    """What `fundusfm data check` found.

    Attributes:
        faults: Every fault, in the order of the rows.
        notes: What is worth knowing and no fault.
        summary: Counts: rows, readable photographs, faults, and faults of each kind.
    """

    faults: list[Fault]
    notes: list[str]
    summary: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether there is no fault."""
        return not self.faults


def run_check(config: CheckConfig) -> CheckReport:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    read = read_manifest(config.manifest)
    frame, where = read.frame, str(read.path)
    faults = table_faults(frame, config.labels or [], task=config.task, where=where)
    paths = read.image_paths()
    found = list(
        track(
            ordered_map(fingerprint, paths, workers=worker_count(config.workers, len(paths)), lost=lost_file),
            label="check",
            total=len(paths),
            unit="photo",
        )
    )
    named = (column_text(frame, "image") != "").to_numpy()
    for place, result in enumerate(found):
        if isinstance(result, DecodeError) and named[place]:
            faults.append(_file_fault(frame, place, paths[place].exists(), result))
    prints: list[Fingerprint | None] = [None if isinstance(result, DecodeError) else result for result in found]
    same_path = column_text(frame, "image").duplicated().to_numpy()
    pairs = find_duplicates([None if repeated else one for one, repeated in zip(prints, same_path, strict=True)])
    faults += [_duplicate_fault(frame, pair, config.labels or []) for pair in pairs]
    faults.sort(key=lambda fault: (fault.rows[:1] or (0,), fault.kind))
    notes = [
        f"label {label}: {count} of {len(frame)} rows are unknown"
        for label, count in unknown_counts(frame, config.labels or []).items()
        if count
    ]
    root = read.path.resolve().parent
    outside = sum(not path.resolve().is_relative_to(root) for path in paths)
    if outside:
        notes.append(f"image: {outside} of {len(frame)} files lie outside {root} and will not move with the manifest")
    counts = pd.Series([fault.kind for fault in faults], dtype=object).value_counts().to_dict()
    summary = {
        "manifest": where,
        "rows": len(frame),
        "readable": sum(one is not None for one in prints),
        "faults": len(faults),
        **{str(kind): int(count) for kind, count in counts.items()},
    }
    if config.json:
        print(
            json.dumps({"faults": [_as_dict(fault) for fault in faults], "notes": notes, "summary": summary}, indent=2)
        )
    else:
        print(_text(faults, notes, summary))
    return CheckReport(faults, notes, summary)


def _file_fault(frame: pd.DataFrame, place: int, exists: bool, error: DecodeError) -> Fault:
    kind, fix = (
        ("unreadable_file", "replace the file, or remove the row")
        if exists
        else ("missing_file", "correct the path (it is relative to the manifest), or remove the row")
    )
    return Fault(kind, (row_number(frame, place),), "image", str(error), fix)


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


def _text(faults: Sequence[Fault], notes: Sequence[str], summary: dict[str, Any]) -> str:
    """Returns the listing: faults by kind, each with rows and column, then notes and counts."""
    lines = []
    for kind in dict.fromkeys(fault.kind for fault in faults):
        found = [fault for fault in faults if fault.kind == kind]
        lines.append(f"{kind.replace('_', ' ')} ({len(found)}): {found[0].fix}")
        for fault in found[:_SHOWN]:
            rows = f"row {', '.join(map(str, fault.rows))}: " if fault.rows else ""
            column = f"{fault.column}: " if fault.column and fault.column != "image" else ""
            lines.append(f"  {rows}{column}{fault.message}")
        if len(found) > _SHOWN:
            lines.append(f"  … and {len(found) - _SHOWN} more; --json lists all")
    lines += notes
    count = summary["faults"]
    lines.append(
        f"{summary['manifest']}: {summary['rows']} rows, {summary['readable']} readable photographs, "
        f"{count or 'no'} fault{'' if count == 1 else 's'}"
    )
    return "\n".join(lines)
