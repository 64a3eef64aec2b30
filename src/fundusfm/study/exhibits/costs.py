"""What a study cost: time by kind of job, and how much the cells save by sharing."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fundusfm.report import text
from fundusfm.report.tables import Cell, Table, row_header
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.jobs import Job
from fundusfm.study.record import read_record

_NAMES = {
    "prepare": "prepare stores",
    "pretrain": "pretrain backbones",
    "features": "extract features, once per backbone and store",
    "LF": "linear probes on shared features",
    "FF": "fine-tuning",
    "segment": "vessel segmentation",
}


def cost_exhibit(jobs: Sequence[Job], out: Path) -> Exhibit:
    """Returns the table of times, with the cost of the linear probes relative to extracting each feature set once.

    Args:
        jobs: The study's jobs.
        out: Its folder.
    """
    records = [(job, read_record(out, job.id)) for job in jobs]
    done = [(job.kind, record.seconds) for job, record in records if record is not None and record.status == "done"]
    numbers = pd.DataFrame(done, columns=["kind", "seconds"]).groupby("kind")["seconds"].agg(["count", "sum", "median"])
    table = Table("Time of all jobs added up, as each ran beside others.", ["Job", "Number", "Time", "Median"])
    for kind, name in _NAMES.items():
        if kind in numbers.index:
            count, total, median = numbers.loc[kind]
            table.rows.append(
                [row_header(name), Cell(f"{count:.0f}"), Cell(text.duration(total)), Cell(text.duration(median))]
            )
    said = []
    if {"features", "LF"} <= set(numbers.index):
        features, probes = (float(numbers["sum"][kind]) for kind in ("features", "LF"))
        said.append(
            f"All linear probes together, features included, took {(features + probes) / features:.1f} times as long "
            f"as extracting each set of features once ({text.duration(features)})."
        )
    return Exhibit("costs", "What it cost", numbers.reset_index(), table=table, text=said)
