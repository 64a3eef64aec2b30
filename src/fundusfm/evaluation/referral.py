"""The referral rule: thresholds of all labels, chosen jointly under one budget of false alarms.

An eye is referred if the score of any label reaches that label's threshold. The budget is shared among the labels: each
threshold lets the same number of normal eyes pass, and that number is chosen so that the rule as a whole keeps what was
asked for. One number is chosen for all labels, so the thresholds do not follow the few positives of a rare disease.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.evaluation.shares import share
from fundusfm.evaluation.table import CV, REFER, PredictionTable, positions, set_names, table
from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.label_names import ANY, means_healthy
from fundusfm.models.card.referral import Goal, LabelSensitivity, Proportion, ReferralRule

Mask = npt.NDArray[np.bool_]

LEAST_NORMAL = 20
"""With fewer normal eyes no rule is fitted: thresholds that one in five of them may pass would rest on four eyes."""

_ROUNDING = 1e-12
"""1 - 1 / 5 counts as 0.8."""


def referable_eyes(labels: Sequence[str], truth: Array) -> tuple[Mask, Mask]:
    """Returns which eyes are normal and which should be referred; an eye of which too little is known is neither.

    Args:
        labels: Names of the columns.
        truth: Zeros and ones, NaN where unknown, shape `(n, labels)`.

    Returns:
        Normal eyes, `(n,)`: no referable label is 1, and either all of them are known, or a label that means healthy is
        1, or `abnormal` is 0. Eyes with a referable label that is 1, `(n,)`.
    """
    healthy = np.array([means_healthy(label) for label in labels])
    referable = truth[:, ~healthy]
    found = (referable == 1).any(axis=1)
    cleared = ~np.isnan(referable).any(axis=1) | (truth[:, healthy] == 1).any(axis=1)
    if ANY in labels:
        cleared |= truth[:, list(labels).index(ANY)] == 0
    return cleared & ~found, found


def referred(labels: Sequence[str], score: Array, thresholds: Mapping[str, float]) -> Mask:
    """Returns which eyes a rule refers, shape `(n,)`, from uncalibrated scores `(n, labels)`."""
    limits = np.array([thresholds.get(label, np.inf) for label in labels])
    return np.asarray((score >= limits).any(axis=1))


def fit_thresholds(
    labels: Sequence[str], truth: Array, score: Array, *, goal: Goal, target: float
) -> dict[str, float] | None:
    """Chooses the thresholds of a rule.

    Args:
        labels: Names of the columns.
        truth: Zeros and ones, NaN where unknown, shape `(n, labels)`.
        score: Uncalibrated scores in 0..1, same shape.
        goal: What `target` is about, the specificity or the sensitivity of the rule as a whole.
        target: The least specificity (then the sensitivity is as high as it gets), or the least sensitivity.

    Returns:
        Threshold of each referable label that is 1 somewhere; None where there is no such label, or where there are
        fewer than `LEAST_NORMAL` normal eyes.
    """
    normal, found = referable_eyes(labels, truth)
    columns = [place for place, label in enumerate(labels) if not means_healthy(label) and (truth[:, place] == 1).any()]
    if normal.sum() < LEAST_NORMAL or not columns:
        return None
    falling = -np.sort(-score[normal][:, columns], axis=0)
    names = [labels[place] for place in columns]

    def thresholds(alarms: int) -> dict[str, float]:
        return {name: _between(falling[:, place], alarms) for place, name in enumerate(names)}

    # More alarms per label never raise the specificity and never lower the sensitivity: bisect for the last number that
    # keeps the specificity, or for the first that reaches the sensitivity.
    low, high = 0, int(normal.sum())
    while low < high:
        middle = (low + high + (goal == "specificity")) // 2
        passed = referred(labels, score, thresholds(middle))
        if goal == "specificity":
            low, high = (middle, high) if 1 - passed[normal].mean() >= target - _ROUNDING else (low, middle - 1)
        else:
            low, high = (low, middle) if passed[found].mean() >= target - _ROUNDING else (middle + 1, high)
    return thresholds(low)


def fit_rule(predictions: pd.DataFrame, *, goal: Goal, target: float) -> tuple[ReferralRule | None, pd.DataFrame]:
    """Fits a rule to out-of-fold scores, and decides about every eye.

    An eye of a fold is judged by the thresholds that the other folds choose, an eye of an external set by the final
    ones.

    Args:
        predictions: As in `predictions.parquet`; the set `cv` and any external ones, all with the same labels.
        goal: What the rule is to keep.
        target: How much of it.

    Returns:
        The rule, with its figures on the folds; None where the labels or the number of normal eyes give none, see
        `fit_thresholds`. The predictions with the column `refer` where there is one.
    """
    part = table(predictions, CV)
    chosen = fit_thresholds(part.labels, part.truth, part.score, goal=goal, target=target)
    if chosen is None:
        return None, predictions
    passed = referred_across_folds(part, goal=goal, target=target)
    if passed is None:
        return None, predictions
    rule = judged_rule(part, passed, ReferralRule(goal=goal, target=target, thresholds=chosen))
    decided = predictions.assign(**{REFER: np.nan})
    for name in set_names(predictions):
        if name != CV:
            part = table(predictions, name)
            passed = referred(part.labels, part.score, chosen)
        mask = predictions["set"] == name
        row, _ = positions(predictions[mask], part.labels)
        decided.loc[mask, REFER] = passed[row].astype(float)
    return rule, decided


def referred_across_folds(
    predictions: PredictionTable, *, goal: Goal, target: float, judged: Array | None = None
) -> Mask | None:
    """Returns which eyes are referred by the thresholds that the other folds choose, shape `(n,)`.

    Args:
        predictions: Out-of-fold scores, by which the thresholds are chosen.
        goal: What the rule is to keep.
        target: How much of it.
        judged: Other scores of the same eyes, `(n, labels)`, that the thresholds are applied to; by default those that
            choose them.

    Returns:
        None where some folds give no thresholds; see `fit_thresholds`.
    """
    labels, truth, score = predictions.labels, predictions.truth, predictions.score
    passed = np.zeros(len(score), bool)
    for fold in np.unique(predictions.folds):
        tested = predictions.folds == fold
        others = fit_thresholds(labels, truth[~tested], score[~tested], goal=goal, target=target)
        if others is None:
            return None
        passed[tested] = referred(labels, (score if judged is None else judged)[tested], others)
    return passed


def judged_sets(predictions: pd.DataFrame, rule: ReferralRule) -> dict[str, ReferralRule]:
    """Returns the rule with its figures on each external set of predictions that have the column `refer`."""
    found = {}
    for name in set_names(predictions):
        if name != CV:
            part = table(predictions, name)
            found[name] = judged_rule(part, part.images[REFER].to_numpy(np.float64) == 1, rule)
    return found


def judged_rule(predictions: PredictionTable, passed: Mask, rule: ReferralRule) -> ReferralRule:
    """Returns a rule with its figures on some eyes.

    Args:
        predictions: The eyes, of any labels.
        passed: Which of them are referred, shape `(n,)`.
        rule: Its goal and thresholds are kept.
    """
    labels, truth = predictions.labels, predictions.truth
    normal, found = referable_eyes(labels, truth)
    per_label = {}
    for place, label in enumerate(labels):
        rows = truth[:, place] == 1
        if rows.any() and not means_healthy(label):
            measured = share(passed[rows], predictions.patients[rows])
            per_label[label] = LabelSensitivity(**measured._asdict(), positives=int(rows.sum()))
    return ReferralRule(
        goal=rule.goal,
        target=rule.target,
        thresholds=rule.thresholds,
        specificity=_proportion(~passed[normal], predictions.patients[normal]),
        sensitivity=_proportion(passed[found], predictions.patients[found]),
        per_label=per_label,
    )


def rule_text(rule: ReferralRule | None) -> str:
    """Returns what a rule keeps and finds, as a line of the log."""
    if rule is None:
        return (
            "no referral rule: it needs a label that does not mean healthy, with positives in every fold's training "
            f"part, and {LEAST_NORMAL} normal eyes"
        )
    found = [("specificity", rule.specificity), ("sensitivity", rule.sensitivity), *rule.per_label.items()]
    return f"referral rule for {rule.goal} {rule.target:g}: " + ", ".join(
        f"{name} {cell.value:.3f} ({cell.low:.3f} to {cell.high:.3f})" for name, cell in found if cell is not None
    )


def _proportion(hits: Mask, patients: npt.NDArray[np.intp]) -> Proportion | None:
    return Proportion(**share(hits, patients)._asdict()) if len(hits) else None


def _between(falling: Array, alarms: int) -> float:
    """Returns the threshold that a number of scores reach, midway between two neighbours so that rounding moves none.

    Args:
        falling: Scores from the highest to the lowest, shape `(n,)`.
        alarms: How many are to reach it, 0 to n.
    """
    above = float(falling[alarms - 1]) if alarms else 1.0
    below = float(falling[alarms]) if alarms < len(falling) else 0.0
    middle = (above + below) / 2
    return middle if alarms or middle > below else float(np.nextafter(below, np.inf))
