"""How many labels a strategy saves: the share at which it reaches what the reference reaches with all of them."""

import numpy as np
import pandas as pd

from fundusfm.report import text
from fundusfm.report.style import strategy_order
from fundusfm.report.tables import PageTable, row_header, words
from fundusfm.study.exhibits.paired import reference_of


def label_saving(rows: pd.DataFrame) -> pd.DataFrame:
    """Reads the share of labels off the curves, between measured shares on a logarithmic scale.

    Args:
        rows: Whole-set values of one task, method, backbone, size, set and label at several fractions.

    Returns:
        `strategy`, `reference`, `target` (the reference's value on all labels), `fraction` (NaN where it is never
        reached), `reached`: `at` a share between two that were measured, `below` the smallest one, or `never`.
    """
    reference = reference_of(dict.fromkeys(rows["strategy"]))
    whole = rows[(rows["strategy"] == reference) & (rows["fraction"] == 1)]["value"]
    if whole.empty:
        return pd.DataFrame(columns=["strategy", "reference", "target", "fraction", "reached"])
    target = float(whole.iloc[0])
    found = []
    for strategy in sorted(set(rows["strategy"]) - {reference}, key=strategy_order):
        curve = rows[rows["strategy"] == strategy].sort_values("fraction")
        fraction, reached = _crossing(curve["fraction"].to_numpy(float), curve["value"].to_numpy(float), target)
        found.append(
            {"strategy": strategy, "reference": reference, "target": target, "fraction": fraction, "reached": reached}
        )
    return pd.DataFrame(found)


def _crossing(fractions: np.ndarray, values: np.ndarray, target: float) -> tuple[float, str]:
    """Where the curve rises above the target for good: from there on no measured point is below."""
    below = np.flatnonzero(~(values >= target))
    if not len(below):
        return float(fractions[0]), "below"
    last = int(below[-1])
    if last == len(values) - 1:
        return float("nan"), "never"
    share = (target - values[last]) / (values[last + 1] - values[last])
    logs = np.log(fractions[[last, last + 1]])
    return float(np.exp(logs[0] + share * (logs[1] - logs[0]))), "at"


def label_saving_table(found: pd.DataFrame) -> PageTable:
    """Returns the read-out as a table; `found` also has `task`, `method`, `set` and `label`."""
    table = PageTable(
        "Share of the labels at which a start reaches what the reference reaches with all of them, as the curves say.",
        ["Strategy", "Task, method", "Set", "Reference, 100 % of labels", "Reached with"],
    )
    for row in found.to_dict("records"):
        percent = f"{row['fraction'] * 100:.2g} %"
        said = {"at": percent, "below": f"{percent} or less", "never": "not reached"}[row["reached"]]
        table.rows.append(
            [
                row_header(row["strategy"]),
                words(f"{row['task']} ({row['label']}), {row['method']}"),
                words(text.set_name(row["set"])),
                words(f"{row['reference']} {text.number(row['target'])}"),
                words(said),
            ]
        )
    return table
