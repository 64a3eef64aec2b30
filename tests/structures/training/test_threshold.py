"""The threshold is the one with the best mean Dice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundusfm.models.card.schema import OperatingPoint
from fundusfm.structures.scoring.pixels import count_pixels
from fundusfm.structures.training.threshold import Threshold, best_threshold, piece_thresholds, pixel_thresholds


def mean_dice(images: list[tuple[np.ndarray, np.ndarray]], threshold: float) -> float:
    values = []
    for truth, probability in images:
        called = probability >= threshold
        values.append(2 * (called & truth).sum() / (called.sum() + truth.sum()))
    return float(np.mean(values))


@given(st.integers(0, 500))
def test_no_other_threshold_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = []
    for _ in range(3):
        truth = rng.random(400) < 0.2
        truth[0] = True
        images.append((truth, np.clip(rng.normal(0.3 + 0.3 * truth, 0.2), 0.001, 0.999)))
    chosen = best_threshold([count_pixels(*image) for image in images], ["one"] * 3)
    best = max(mean_dice(images, threshold) for threshold in np.linspace(0.01, 0.99, 99))
    assert mean_dice(images, chosen.point.threshold) == pytest.approx(chosen.dice, abs=0.01)
    assert chosen.dice > best - 0.01


def test_every_set_has_the_same_weight() -> None:
    """Three photographs of one set are best from 0.6, one of another from 0.2; alike they weigh as one and one."""
    truth = np.array([True, True, False, False])
    strict = count_pixels(truth, np.array([0.9, 0.8, 0.5, 0.5]))
    lenient = count_pixels(truth, np.array([0.3, 0.3, 0.1, 0.1]))
    alike = best_threshold([strict, lenient], ["a", "b"])
    grouped = best_threshold([strict] * 3 + [lenient], ["a"] * 3 + ["b"])
    assert (grouped.point.threshold, grouped.dice) == (alike.point.threshold, pytest.approx(alike.dice))
    assert best_threshold([strict] * 3 + [lenient], list("abcd")).point.threshold > alike.point.threshold


def test_a_piece_has_to_reach_what_hardly_a_pixel_of_most_healthy_eyes_does() -> None:
    some = count_pixels(np.array([True, False]), np.array([0.6, 0.2]))
    quiet, loud = np.full(100_000, 0.1), np.full(100_000, 0.1)
    quiet[:5] = loud[:6] = 0.7  # one in 20,000, and more
    alone = best_threshold([some], ["b"])

    def chosen(*healthy: np.ndarray) -> Threshold:
        empty = [count_pixels(np.zeros(len(values), bool), values) for values in healthy]
        return best_threshold([*empty, some], ["a"] * len(healthy) + ["b"])

    assert chosen(quiet) == chosen(*[quiet] * 3, loud) == alone and alone.piece is None
    for strict in (chosen(loud), chosen(*[quiet] * 2, loud)):
        assert strict.point == alone.point
        assert strict.piece and strict.piece.threshold > 0.7 and strict.piece.sensitivity == 0


def test_thresholds_by_mask() -> None:
    pixel, piece = (OperatingPoint(threshold=at, sensitivity=1, specificity=1) for at in (0.4, 0.9))
    chosen = {"disc": Threshold(pixel, 1.0), "hard_exudates": Threshold(pixel, 1.0, piece)}
    assert pixel_thresholds(chosen) == {"disc": 0.4, "hard_exudates": 0.4}
    assert piece_thresholds(chosen) == {"hard_exudates": 0.9}


def test_without_a_pixel_of_the_mask_it_is_a_half() -> None:
    assert best_threshold([count_pixels(np.zeros(9, bool), np.full(9, 0.7))], ["a"]).point.threshold == 0.5


def test_the_middle_of_equally_good_thresholds() -> None:
    truth = np.array([True] * 5 + [False] * 20)
    chosen = best_threshold([count_pixels(truth, np.where(truth, 0.9, 0.1))], ["a"])
    assert chosen.dice == 1
    assert chosen.point.threshold == pytest.approx(0.5, abs=0.02)
    assert (chosen.point.sensitivity, chosen.point.specificity) == (1, 1)
