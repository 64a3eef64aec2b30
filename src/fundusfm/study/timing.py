"""How long the finished jobs of a study took, and an estimate for the others."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fundusfm.report.text import duration
from fundusfm.study.jobs import KINDS, Job
from fundusfm.study.record import is_done, read_record


def job_times(jobs: Sequence[Job], out: Path) -> pd.DataFrame:
    """Returns one row per kind of job that the study has.

    Args:
        jobs: All jobs of the study.
        out: The study's folder.

    Returns:
        Index `kind`; `jobs` and `done` count them, `seconds` and `median` are of the finished ones: their total and
        their median (NaN where none is finished).
    """
    rows = []
    for job in jobs:
        record = read_record(out, job.id) if is_done(out, job) else None
        rows.append({"kind": job.kind, "seconds": float("nan") if record is None else record.seconds})
    groups = pd.DataFrame(rows, columns=["kind", "seconds"]).groupby("kind")["seconds"]
    found = pd.DataFrame(
        {"jobs": groups.size(), "done": groups.count(), "seconds": groups.sum(), "median": groups.median()}
    )
    return found.reindex([kind for kind in KINDS if kind in found.index])


def time_left(times: pd.DataFrame, *, at_once: float) -> str:
    """Returns how long the rest takes, as a phrase; empty where nothing of the kind is finished, or nothing is left.

    Args:
        times: From `job_times`.
        at_once: Jobs that run side by side.
    """
    missing = times["jobs"] - times["done"]
    if not missing.sum() or not times["done"].sum():
        return ""
    if not (missing * times["done"]).sum():
        return ""  # what is finished says nothing of what is left
    seconds = float((missing * times["median"]).sum()) / max(at_once, 1.0)  # NaN counts as nothing
    unknown = [str(kind) for kind in times.index[(missing > 0) & times["median"].isna()]]
    if not unknown:
        return f"about {duration(seconds)} left"
    return f"about {duration(seconds)} left, and the time of {', '.join(unknown)}, of which none is finished yet"
