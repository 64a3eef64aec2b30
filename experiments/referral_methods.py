"""Prints what three ways to choose a referral rule reach on patients of other folds.

    python experiments/referral_methods.py PREDICTIONS [--specificity 0.8]

PREDICTIONS is `predictions.parquet` of a probe or fine-tuning run, or what `experiments/refit_rule.py --keep` wrote.
*One label* is a threshold of `abnormal` alone. *Equal* is the rule of the package. *Weighted* gives labels a share of
the budget of 0, 1/4, 1/2, 1, 2 or 4, by coordinate ascent on the harmonic mean of the diseases' sensitivities.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.evaluation.referral import fit_thresholds, referable_eyes, referred
from fundusfm.evaluation.table import CV, table
from fundusfm.models.card.label_names import ANY, means_healthy

Array = NDArray[np.float64]
Method = Callable[[list[str], Array, Array, float], dict[str, float]]
_SHARES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


def main(path: Path, specificity: float) -> None:
    """Prints a line per method."""
    part = table(pd.read_parquet(path), CV)
    normal, found = referable_eyes(part.labels, part.truth)
    diseases = [label for label in part.labels if label != ANY and not means_healthy(label)]
    print("method       specificity sensitivity", *diseases)
    methods: dict[str, Method] = {"one label": _one_label, "equal": _equal, "weighted": _weighted}
    for name, method in methods.items():
        passed = np.zeros(len(part.score), bool)
        for fold in np.unique(part.folds):
            test = part.folds == fold
            limits = method(part.labels, part.truth[~test], part.score[~test], specificity)
            passed[test] = referred(part.labels, part.score[test], limits)
        each = [passed[part.truth[:, part.labels.index(label)] == 1].mean() for label in diseases]
        figures = [1 - passed[normal].mean(), passed[found].mean(), *each]
        print(f"{name:12}", *(f"{figure:.3f}" for figure in figures))


def _equal(labels: list[str], truth: Array, score: Array, target: float) -> dict[str, float]:
    return fit_thresholds(labels, truth, score, goal="specificity", target=target) or {}


def _one_label(labels: list[str], truth: Array, score: Array, target: float) -> dict[str, float]:
    column = [labels.index(ANY)]
    return _equal([ANY], truth[:, column], score[:, column], target)


def _weighted(labels: list[str], truth: Array, score: Array, target: float) -> dict[str, float]:
    normal, _ = referable_eyes(labels, truth)
    columns = [place for place, label in enumerate(labels) if not means_healthy(label)]
    rising = np.sort(score[normal][:, columns], axis=0)
    alarms = np.column_stack([len(rising) - np.searchsorted(rising[:, n], score[:, p]) for n, p in enumerate(columns)])
    diseases = [truth[:, place] == 1 for place in columns if labels[place] != ANY]

    def judged(shares: Array) -> tuple[float, float]:
        least = (alarms / np.maximum(shares, 1e-9)).min(axis=1)
        level = float(np.quantile(least[normal], 1 - target, method="lower"))
        reached = np.array([max((least[eyes] <= level).mean(), 1e-3) for eyes in diseases])
        return float(len(reached) / (1 / reached).sum()), level

    shares = np.ones(len(columns))
    for _ in range(2):
        for place in range(len(columns)):
            tried = [np.where(np.arange(len(columns)) == place, share, shares) for share in _SHARES]
            shares = max((one for one in tried if one.any()), key=lambda one: judged(one)[0])
    level = judged(shares)[1]
    limits = {}
    for n, place in enumerate(columns):
        allowed = min(int(level * shares[n]), len(rising) - 1)
        limits[labels[place]] = float(np.nextafter(rising[::-1, n][allowed], np.inf))
    return limits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--specificity", type=float, default=0.8)
    given = parser.parse_args()
    main(given.predictions, given.specificity)
