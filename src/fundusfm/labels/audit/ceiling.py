"""The cost of disputed labels: AUROC as labelled, without disputed photographs, and with disputed labels changed."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.evaluation.protocol import summarise
from fundusfm.evaluation.table import image_keys, positions
from fundusfm.evaluation.weighted import Array
from fundusfm.labels.audit.cases import Cases
from fundusfm.labels.audit.judgement import Judgement

Truth = Literal["as labelled", "disputed left out", "dispute is right"]


def ceilings(
    cases: Cases, judgements: Sequence[Judgement], second: dict[str, Array], *, repeats: int, seed: int
) -> pd.DataFrame:
    """Measures the run's scores against several truths.

    The dispute comes from the same scores, so the last two are bounds of what better labels could show, and no results.

    Args:
        cases: The photographs.
        judgements: Their labels.
        second: For a label the second reader's value of each photograph (n,), NaN where not read again.
        repeats: Bootstrap resamples of patients behind the intervals.
        seed: Random seed of the resamples.

    Returns:
        One row per truth and label (and `macro`, where there are several labels): `truth`, `label`, `photographs`,
        `auroc`, `low`, `high`.
    """
    given = cases.table.truth
    without, right, reread = given.copy(), given.copy(), given.copy()
    for judgement in judgements:
        for place, label in enumerate(cases.table.labels):
            if cases.task == "multiclass":
                suggested = (judgement.suggested == place).astype(np.float64)
            elif label == judgement.label:
                suggested = judgement.suggested.astype(np.float64)
            else:
                continue
            without[judgement.disputed, place] = np.nan
            right[judgement.disputed, place] = suggested[judgement.disputed]
    for label, values in second.items():
        place = cases.table.labels.index(label)
        reread[:, place] = np.where(np.isnan(values), given[:, place], values)
    truths = {"as labelled": given, "disputed left out": without, "dispute is right": right}
    if second:
        truths["second reader's labels"] = reread
    judged = list(cases.table.labels) if cases.task == "multiclass" else [one.label for one in judgements]
    rows = []
    for name, truth in truths.items():
        labels = [label for label in judged if label in second] if truth is reread else judged
        rows += _measured(cases, name, truth, labels, repeats, seed) if labels else []
    return pd.DataFrame(rows)


def _measured(
    cases: Cases, name: str, truth: Array, labels: Sequence[str], repeats: int, seed: int
) -> list[dict[str, object]]:
    predictions = cases.predictions
    row, column = positions(predictions, cases.table.labels)
    predictions = predictions.assign(truth=truth[row, column])
    predictions = predictions[predictions["label"].isin(labels)]
    # A photograph without any known label is none of a multiclass task.
    known = predictions["truth"].notna().groupby(image_keys(predictions).to_numpy()).transform("any")
    results = summarise(predictions[known.to_numpy(bool)], task=cases.task, repeats=repeats, seed=seed).cv
    wanted = [*labels, "macro"] if "macro" in results and len(labels) > 1 else list(labels)
    rows: list[dict[str, object]] = []
    for label in wanted:
        auroc = results[label]["auroc"]
        rows.append({
            "truth": name, "label": label, "photographs": _known(truth, cases.table.labels, label),
            "auroc": auroc.value, "low": auroc.low, "high": auroc.high, "reason": auroc.reason or "",
        })  # fmt: skip
    return rows


def _known(truth: Array, labels: Sequence[str], label: str) -> int:
    known: NDArray[np.bool_] = ~np.isnan(truth)
    return int(known[:, labels.index(label)].sum()) if label in labels else int(known.any(axis=1).sum())
