"""The cost of a study: time by kind of job, and how much is saved by sharing."""

import pandas as pd

from fundusfm.report import text
from fundusfm.report.tables import PageCell, PageTable, row_header
from fundusfm.study.exhibits.exhibit import Exhibit

_NAMES = {
    "prepare": "prepare stores",
    "pretrain": "pretrain backbones",
    "features": "extract features, once per backbone and store",
    "LF": "linear probes on shared features",
    "FF": "fine-tuning",
    "segment": "vessel segmentation",
}


def cost_exhibit(times: pd.DataFrame) -> Exhibit:
    """Returns the table of times, with the cost of the linear probes relative to extracting each feature set once.

    Args:
        times: From `job_times`.
    """
    numbers = times[times["done"] > 0]
    table = PageTable("Time of all jobs added up, as each ran beside others.", ["Job", "Number", "Time", "Median"])
    for kind, row in numbers.iterrows():
        cells = [
            PageCell(f"{row['done']:.0f}"),
            PageCell(text.duration(row["seconds"])),
            PageCell(text.duration(row["median"])),
        ]
        table.rows.append([row_header(_NAMES[str(kind)]), *cells])
    said = []
    if {"features", "LF"} <= set(numbers.index):
        features, probes = (float(numbers["seconds"][kind]) for kind in ("features", "LF"))
        said.append(
            f"All linear probes together, features included, took {(features + probes) / features:.1f} times as long "
            f"as extracting each set of features once ({text.duration(features)})."
        )
    return Exhibit("costs", "What it cost", numbers.reset_index().drop(columns="jobs"), table=table, text=said)
