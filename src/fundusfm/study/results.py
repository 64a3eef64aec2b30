"""All results of a study as one tidy table, `cells.parquet`: a row per cell, set, label, metric and fold."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from fundusfm.evaluation.protocol import MACRO
from fundusfm.models.card.results import Results
from fundusfm.study.jobs import Job
from fundusfm.study.record import read_record

AXES = ["task", "method", "strategy", "backbone", "size", "fraction", "seed"]
"""The columns that name a cell; with `fold` they are the axes of the matrix."""

_COLUMNS = [*AXES, "set", "label", "metric", "fold", "value", "std", "low", "high", "status", "reason", "run"]


def collect(jobs: Sequence[Job], out: Path) -> pd.DataFrame:
    """Reads the run folders of all cells.

    Args:
        jobs: The study's jobs.
        out: The study's folder.

    Returns:
        Columns `task … seed` name the cell; `set` is `cv` or an external set; `fold` counts from 0, and is missing in
        the row of the whole set, whose `value` is the mean over folds (with `std`) or the value of the external set,
        with its 95 % interval `low` to `high`. `status` is `done`, `failed`, `waiting` or `missing`; a cell that is
        not done has a single row with its `reason`. `run` is the cell's folder below `out`.
    """
    rows: list[dict[str, Any]] = []
    for job in jobs:
        if job.cell is None:
            continue
        axes = asdict(job.cell)
        record = read_record(out, job.id)
        if record is None or record.status != "done":
            status, reason = (record.status, record.reason) if record else ("missing", "not run yet")
            rows.append(axes | {"status": status, "reason": reason, "run": f"cells/{job.cell.name}"})
            continue
        results = Results.read(json.loads((job.folder / "metrics.json").read_text(encoding="utf-8")))
        known = {"status": "done", "run": f"cells/{job.cell.name}"}
        rows += [axes | known | row for row in result_rows(results)]
    return cells_frame(rows)


def cells_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Returns rows as `collect` does: its columns and their types."""
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    return frame.astype({"fold": "Int64", "value": float, "std": float, "low": float, "high": float})


def result_rows(results: Results) -> Iterator[dict[str, Any]]:
    """Yields a row per set, label, metric and fold of a run, as `collect` describes them."""
    for name, labels in results.sets.items():
        for label, found in labels.items():
            for metric, cell in found.items():
                row = {"set": name, "label": label, "metric": metric}
                numbers = {"value": cell.value, "std": cell.std, "low": cell.low, "high": cell.high}
                yield row | numbers | {"reason": cell.reason}
                for fold, value in enumerate(cell.folds or (), start=1):
                    yield row | {"fold": fold, "value": value}


def whole(frame: pd.DataFrame, *, metric: str = "auroc") -> pd.DataFrame:
    """Returns the rows of whole sets of one metric, seeds averaged (bounds too); no mean over labels of a single one.

    Args:
        frame: Results from `collect`.
        metric: The metric.
    """
    rows = frame[frame["fold"].isna() & (frame["metric"] == metric) & (frame["status"] == "done")]
    labels = rows[rows["label"] != MACRO].groupby("task")["label"].nunique()
    rows = rows[(rows["label"] != MACRO) | (rows["task"].map(labels) > 1)]
    rows = rows[rows["value"].notna()]
    keys = [axis for axis in AXES if axis != "seed"] + ["set", "label"]
    means: pd.DataFrame = rows.groupby(keys, sort=False, as_index=False)[["value", "std", "low", "high"]].mean()
    return means
