"""Leakage checks: patients (by number) and photographs (by looks) in both training and test data."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from fundusfm.data.decode.image import lost_file
from fundusfm.data.manifest.duplicates import find_duplicates
from fundusfm.data.manifest.fingerprint import Fingerprint, fingerprint
from fundusfm.data.manifest.labels import column_text
from fundusfm.data.parallel import ordered_map, worker_count
from fundusfm.progress import track
from fundusfm.runs import write_atomic
from fundusfm.study.exhibits.cohorts import Group

_COLUMNS = ["kind", "set", "role", "image", "patient", "other_set", "other_role", "other_image", "other_patient"]


def find_leaks(groups: Sequence[Group], out: Path, *, workers: int) -> tuple[pd.DataFrame, int]:
    """Lists patients and photographs that two groups of different roles share, and keeps the list in the study.

    Folds within a group are apart by patient; this is about what the folds cannot see: a photograph that is there twice
    under two patients, or once upstream and once downstream.

    Args:
        groups: The study's groups.
        out: The study's folder; `leakage.csv` there is read instead where it is newer than every store.
        workers: Processes.

    Returns:
        Pairs: `kind` is `same patient`, `same file` or `same picture`, then both rows. And the number of photographs.
    """
    path, rows = out / "leakage.csv", _rows(groups)
    stores = list((out / "stores").glob("*/header.json"))
    if path.exists() and all(path.stat().st_mtime > store.stat().st_mtime for store in stores):
        return pd.read_csv(path, dtype=str, keep_default_na=False), len(rows)
    found = pd.DataFrame([*_patients(rows), *_photographs(rows, workers)], columns=_COLUMNS)
    write_atomic(path, found.to_csv(index=False, lineterminator="\n"))
    return found, len(rows)


def _rows(groups: Sequence[Group]) -> pd.DataFrame:
    """One row per photograph of each store: a store that serves several tasks in one way counts once."""
    parts = []
    for group in groups:
        frame = group.store.frame
        role = group.role.rpartition(", ")[2]
        role = "downstream" if role.endswith("folds") else role
        parts.append(
            pd.DataFrame(
                {
                    "set": group.store.name,
                    "role": role,
                    "image": column_text(frame, "image"),
                    "patient": column_text(frame, "patient") if "patient" in frame else "",
                    "source": frame["source"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True).drop_duplicates(["set", "role", "image"], ignore_index=True)


def _patients(rows: pd.DataFrame) -> list[dict[str, str]]:
    """Patients of one set in two roles."""
    found = []
    named = rows[rows["patient"] != ""].drop_duplicates(["set", "role", "patient"])
    for (name, patient), part in named.groupby(["set", "patient"]):
        for one, two in combinations(part.to_dict("records"), 2):
            found.append(_pair("same patient", one | {"set": name, "patient": patient}, two))
    return found


def _photographs(rows: pd.DataFrame, workers: int) -> list[dict[str, str]]:
    """Pairs of photographs that are one, but for those of one patient of one set."""
    paths = [Path(path) for path in rows["source"]]
    looks = track(
        ordered_map(fingerprint, paths, workers=worker_count(workers, len(paths)), lost=lost_file),
        label="leakage",
        total=len(paths),
        unit="photo",
    )
    prints = [look if isinstance(look, Fingerprint) else None for look in looks]
    records = rows.to_dict("records")
    found = []
    for pair in find_duplicates(prints):
        one, two = records[pair.first], records[pair.second]
        if one["set"] == two["set"] and one["patient"] == two["patient"] != "" and one["role"] == two["role"]:
            continue
        found.append(_pair("same file" if pair.exact else "same picture", one, two))
    return found


def _pair(kind: str, one: Mapping[Any, str], two: Mapping[Any, str]) -> dict[str, str]:
    keys = ("set", "role", "image", "patient")
    return {"kind": kind} | {key: one[key] for key in keys} | {f"other_{key}": two[key] for key in keys}


def leakage_text(leaks: pd.DataFrame, photographs: int) -> list[str]:
    """Returns the leakage statement of the report.

    Args:
        leaks: Pairs from `find_leaks`.
        photographs: Number of photographs compared.
    """
    apart = leaks[leaks["role"] != leaks["other_role"]]
    patients = int((apart["kind"] == "same patient").sum())
    pictures = int((apart["kind"] != "same patient").sum())
    inside = int(((leaks["role"] == leaks["other_role"]) & (leaks["kind"] != "same patient")).sum())
    known = [
        "Folds are grouped by patient, so no patient is in the training and the test part of a fold. Thresholds and "
        "temperatures of a fold come from the other folds; external sets tune nothing.",
        f"Every one of the {photographs} photographs was compared with every other, flips included.",
    ]
    if not patients + pictures + inside:
        return [*known, "No patient and no picture appears twice under different names or in different roles."]
    return [
        *known,
        f"Found and left in, listed in leakage.csv: patients of one set in two roles: {patients}; pairs of photographs "
        f"in two roles that show the same picture: {pictures}; pairs within one role that show the same picture under "
        f"two patients: {inside}.",
    ]
