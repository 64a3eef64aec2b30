"""Counted pixels give the areas of unrounded scores, and pool."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from fundusfm.structures.scoring.pixels import areas, count_pixels


def _scores(seed: int, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random(count) < 0.1
    logit = rng.normal(size=count) * 3 + np.where(truth, 3.0, -4.0)
    return truth, (1 / (1 + np.exp(-logit))).astype(np.float32)


@pytest.mark.parametrize("seed", range(3))
def test_areas_are_those_of_scikit_learn(seed: int) -> None:
    truth, score = _scores(seed)
    counts = count_pixels(truth, score)
    auroc, auprc = areas(counts.positive, counts.negative)
    assert auroc == pytest.approx(roc_auc_score(truth, score), abs=1e-4)
    assert auprc == pytest.approx(average_precision_score(truth, score), abs=1e-3)


def test_ties_count_half() -> None:
    counts = count_pixels(np.array([True, False]), np.array([0.5, 0.5]))
    assert areas(counts.positive, counts.negative)[0] == pytest.approx(0.5)


def test_zero_and_one_are_scores_too() -> None:
    counts = count_pixels(np.array([True, False, False]), np.array([1.0, 0.0, 0.0], np.float32))
    assert areas(counts.positive, counts.negative) == (1.0, 1.0)


def test_counts_of_images_pool_by_addition() -> None:
    one, other = _scores(0), _scores(1)
    pooled = count_pixels(*one) + count_pixels(*other)
    together = count_pixels(np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]]))
    assert (pooled.positive == together.positive).all() and (pooled.negative == together.negative).all()


def test_without_a_class_there_is_no_area() -> None:
    counts = count_pixels(np.zeros(5, bool), np.linspace(0, 1, 5))
    assert np.isnan(areas(counts.positive, counts.negative)).all()


def test_the_curve_says_what_a_threshold_reaches() -> None:
    truth, score = _scores(2)
    curve = count_pixels(truth, score).curve()
    assert (np.diff(curve["sensitivity"]) >= 0).all() and (np.diff(curve["threshold"]) < 0).all()
    row = curve.iloc[int((curve["threshold"] - 0.7).abs().argmin())]
    called = score >= row["threshold"]
    assert row["sensitivity"] == pytest.approx(called[truth].mean())
    assert row["specificity"] == pytest.approx((~called)[~truth].mean())
    assert row["precision"] == pytest.approx(truth[called].mean())
