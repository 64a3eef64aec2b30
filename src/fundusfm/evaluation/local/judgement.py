"""Local photographs as a model judges them: as it is, and adapted to the patients of other folds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fundusfm.evaluation.local.fit import adapted_card
from fundusfm.evaluation.local.gain import Gain, calibration_gains, share_gain
from fundusfm.evaluation.operating_points import POINTS
from fundusfm.evaluation.referral import referable_eyes, referred
from fundusfm.evaluation.weighted import Array
from fundusfm.models.calibrate import probabilities
from fundusfm.models.card.referral import Goal
from fundusfm.models.card.schema import Card


@dataclass(frozen=True)
class LocalJudgement:
    """What is said of n photographs.

    Attributes:
        probability: Shape `(n, labels)`.
        thresholds: By operating point, same shape; NaN where there is none.
        refer: Decision of the referral rule, shape `(n,)`; None without a rule.
    """

    probability: Array
    thresholds: Mapping[str, Array]
    refer: npt.NDArray[np.bool_] | None


def judge(card: Card, score: Array) -> LocalJudgement:
    """Judges uncalibrated scores `(n, labels)` by a card."""
    thresholds = {}
    for point in POINTS:
        stored = [card.operating_points.get(label, {}).get(point) for label in card.labels]
        row = np.array([np.nan if found is None else found.threshold for found in stored])
        thresholds[point] = np.broadcast_to(row, score.shape).copy()
    refer = None if card.referral is None else referred(card.labels, score, card.referral.thresholds)
    return LocalJudgement(probabilities(score, card), thresholds, refer)


def judge_adapted(
    card: Card, truth: Array, score: Array, folds: npt.NDArray[np.int64], *, goal: Goal, target: float
) -> LocalJudgement:
    """Judges each fold by the card that the other folds adapt; arguments as for `adapted_card`."""
    probability = np.full(score.shape, np.nan)
    thresholds = {point: np.full(score.shape, np.nan) for point in POINTS}
    refer = np.zeros(len(score), bool)
    for fold in np.unique(folds):
        tested = folds == fold
        part = judge(adapted_card(card, truth[~tested], score[~tested], goal=goal, target=target), score[tested])
        probability[tested] = part.probability
        for point, values in part.thresholds.items():
            thresholds[point][tested] = values
        refer[tested] = False if part.refer is None else part.refer
    return LocalJudgement(probability, thresholds, refer)


def gains(
    labels: list[str],
    truth: Array,
    score: Array,
    patients: npt.NDArray[np.intp],
    before: LocalJudgement,
    after: LocalJudgement,
    *,
    seed: int,
) -> dict[str, dict[str, Gain]]:
    """Returns what every known label gains in calibration, and under `referral` what the rule does.

    Args:
        labels: Columns of truth and scores.
        truth: Zeros and ones, NaN where unknown, shape `(n, labels)`.
        score: Uncalibrated scores, same shape.
        patients: Patient of each photograph, shape `(n,)`.
        before: By the model as it is.
        after: By the adapted one.
        seed: Random seed of the resamples.
    """
    found: dict[str, dict[str, Gain]] = {}
    for place, label in enumerate(labels):
        if not np.isnan(truth[:, place]).all():
            found[label] = calibration_gains(
                truth[:, place],
                score[:, place],
                before.probability[:, place],
                after.probability[:, place],
                patients,
                seed=seed,
            )
    if before.refer is None or after.refer is None:
        return found
    normal, sick = referable_eyes(labels, truth)
    rule = {}
    if normal.any():
        rule["specificity"] = share_gain(~before.refer[normal], ~after.refer[normal], patients[normal], seed=seed)
    if sick.any():
        rule["sensitivity"] = share_gain(before.refer[sick], after.refer[sick], patients[sick], seed=seed)
    return found | {"referral": rule}
