"""Prints the calibration error of a run's folds beside the one that chance alone would give.

    python experiments/calibration.py RUN [REPEATS]

RUN is a probe or fine-tuning run of binary labels. Its probabilities come from temperatures that the other folds
fitted; `Platt` fits a slope and an intercept to the logits in their place. `by chance` is the error of probabilities
that are exactly right: labels are drawn from them again and again, and its mean and the 97.5 % quantile are printed.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from fundusfm.evaluation.metrics import expected_calibration_error
from fundusfm.models.calibrate import logits_of

Array = NDArray[np.float64]


def main(run: str, repeats: int) -> None:
    """Prints a table of Markdown."""
    table = pd.read_parquet(Path(run) / "predictions.parquet")
    print("| label | scores | temperature | Platt | by chance | mean over folds | by chance |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    rng = np.random.default_rng(0)
    for label, rows in table[table["set"] == "cv"].dropna(subset="truth").groupby("label", sort=False):
        truth, fold = rows["truth"].to_numpy(), rows["fold"].to_numpy()
        score, calibrated = rows["score"].to_numpy(), rows["probability"].to_numpy()
        drawn = [(rng.random(len(rows)) < calibrated).astype(np.float64) for _ in range(repeats)]
        chance = np.array([expected_calibration_error(values, calibrated) for values in drawn])
        errors = [
            *(expected_calibration_error(truth, values) for values in (score, calibrated, platt(score, truth, fold))),
            chance.mean(),
            mean_over_folds(truth, calibrated, fold),
            np.mean([mean_over_folds(values, calibrated, fold) for values in drawn]),
        ]
        cells = [f"{error:.3f}" for error in errors]
        cells[3] += f" (up to {np.quantile(chance, 0.975):.3f})"
        print(f"| {label} | {' | '.join(cells)} |")


def platt(score: Array, truth: Array, fold: NDArray[np.int64]) -> Array:
    """Returns probabilities (n,) by a logistic regression on the logits of the other folds."""
    logits, found = logits_of(score)[:, None], np.empty(len(score))
    for number in np.unique(fold):
        tested = fold == number
        fitted = LogisticRegression(C=np.inf).fit(logits[~tested], truth[~tested])
        found[tested] = fitted.predict_proba(logits[tested])[:, 1]
    return found


def mean_over_folds(truth: Array, probability: Array, fold: NDArray[np.int64]) -> float:
    """Returns the mean of the folds' own calibration errors."""
    return float(
        np.mean([expected_calibration_error(truth[fold == k], probability[fold == k]) for k in np.unique(fold)])
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
