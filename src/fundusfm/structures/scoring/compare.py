"""Compares two segmenters on the photographs that both have been scored on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import permutation_test

from fundusfm.data.manifest.splits import patient_groups
from fundusfm.errors import EvaluationError
from fundusfm.evaluation.intervals import REPEATS, interval, patient_weights
from fundusfm.evaluation.weighted import Array
from fundusfm.models.segmentation.structures import VESSELS
from fundusfm.parquet import read_parquet

_PERMUTATIONS = 9999
_KEYS = ["set", "label", "dataset", "image"]


@dataclass(frozen=True)
class SegmenterDifference:
    """How two runs differ on one structure of one set; differences are a - b.

    Attributes:
        set: `cv` or the external set.
        label: The structure.
        images: Number of photographs that were scored in both runs.
        patients: Number of their patients.
        difference: Mean difference over these photographs.
        low: Lower end of the 95 % interval from resampled patients; NaN where there is one patient, or all
            differences are the same.
        high: Upper end, likewise.
        p: Two-sided p value of the permutation test.
    """

    set: str
    label: str
    images: int
    patients: int
    difference: float
    low: float
    high: float
    p: float


def compare_segmenters(
    run_a: str | Path, run_b: str | Path, *, metric: str = "dice", repeats: int = REPEATS, seed: int = 0
) -> list[SegmenterDifference]:
    """Compares two runs on the photographs that they share, by set and structure.

    The test exchanges the two runs' scores patient by patient (a permutation test of paired samples, as in
    `scipy.stats.permutation_test`): exact for few patients, and without an assumption about the distribution of Dice.

    Args:
        run_a: Run folder of `fundusfm segment train` or `evaluate`.
        run_b: The run it is compared with.
        metric: Column of their `images.parquet`.
        repeats: Number of bootstrap resamples.
        seed: Random seed of resamples and permutations.

    Raises:
        EvaluationError: A run has no scores, or they share no photograph.
    """
    a, b = (_scores(run, metric) for run in (run_a, run_b))
    both = a.merge(b[[*_KEYS, metric]], on=_KEYS, suffixes=("", "_b"))
    both["difference"] = both[metric] - both[f"{metric}_b"]
    both = both[both["difference"].notna()]
    if both.empty:
        raise EvaluationError(
            f"{run_a} and {run_b} have no scored photograph in common: compare runs on the same data."
        )
    rows = []
    for (name, label), part in both.groupby(["set", "label"], sort=False):
        values, groups = part["difference"].to_numpy(np.float64), patient_groups(part).astype(str)
        weights = np.concatenate(list(patient_weights(groups, repeats=repeats, seed=seed, strata=part["fold"])), axis=1)
        means = part.groupby(groups)["difference"].mean().to_numpy(np.float64)
        found = interval(float(values.mean()), values @ weights / weights.sum(axis=0), len(means))
        rows.append(
            SegmenterDifference(str(name), str(label), len(part), len(means), *found, p=_permutation_p(means, seed))
        )
    return rows


def _permutation_p(differences: Array, seed: int) -> float:
    """Returns the two-sided p of paired differences under exchange of the pairs; NaN for a single one."""
    if len(differences) < 2:
        return float("nan")
    test = permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=_PERMUTATIONS,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def _scores(run: str | Path, metric: str) -> pd.DataFrame:
    path = Path(run) / "images.parquet"
    if not path.is_file():
        raise EvaluationError(f"{path} does not exist: give a run folder of fundusfm segment train or evaluate.")
    rows = read_parquet(path)
    if "label" not in rows:  # a run from before there were other structures
        rows["label"] = VESSELS
    if metric not in rows:
        raise EvaluationError(f"{path} has no column {metric}.")
    return rows
