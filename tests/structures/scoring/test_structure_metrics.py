"""What is measured of each structure: shapes with known answers."""

import math

import numpy as np
import pytest

from fundusfm.structures.scoring.structure_metrics import (
    artery_share,
    artery_vein_metrics,
    disc_metrics,
    lesion_metrics,
)

FULL = np.ones((60, 60), bool)
NONE = np.zeros((60, 60), bool)


def _circle(x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:60, :60]
    return np.hypot(columns - x, rows - y) <= radius


def _squares(*corners: tuple[int, int], side: int = 3) -> np.ndarray:
    mask = NONE.copy()
    for top, left in corners:
        mask[top : top + side, left : left + side] = True
    return mask


class TestDisc:
    def test_the_error_of_its_centre_is_in_radii(self) -> None:
        found = disc_metrics(_circle(20, 30, 10), _circle(24, 27, 10), FULL)
        assert found["centre_error"] == pytest.approx(0.5, abs=0.01)
        assert disc_metrics(_circle(20, 30, 10), _circle(24, 30, 7), FULL)["centre_within_half"] == 1
        assert disc_metrics(_circle(20, 30, 10), _circle(26, 30, 10), FULL)["centre_within_half"] == 0

    def test_one_that_was_not_found_is_not_near(self) -> None:
        found = disc_metrics(_circle(20, 30, 10), NONE, FULL)
        assert math.isnan(found["centre_error"]) and found["centre_within_half"] == found["dice"] == 0

    def test_a_photograph_without_a_disc_measures_no_place(self) -> None:
        found = disc_metrics(NONE, _circle(20, 30, 10), FULL)
        assert all(math.isnan(found[name]) for name in ("dice", "centre_error", "centre_within_half"))


class TestLesions:
    def test_are_counted_one_by_one(self) -> None:
        drawn = _squares((5, 5), (5, 20), (20, 5), (40, 40))
        # The first shares a corner, the second fits, three are false.
        called = _squares((7, 7), (5, 20), (30, 30), (50, 10), (50, 30))
        found = lesion_metrics(drawn, called, FULL)
        assert (found["lesion_sensitivity"], found["false_positives"]) == (0.5, 3)
        assert found["dice"] == pytest.approx(2 * 10 / (36 + 45))

    def test_pieces_that_touch_at_a_corner_are_one(self) -> None:
        assert lesion_metrics(_squares((5, 5), (8, 8)), _squares((5, 5)), FULL)["lesion_sensitivity"] == 1

    def test_outside_the_field_of_view_nothing_counts(self) -> None:
        left = FULL.copy()
        left[:, 30:] = False
        found = lesion_metrics(_squares((5, 5), (5, 40)), _squares((5, 5), (40, 40)), left)
        assert (found["lesion_sensitivity"], found["false_positives"], found["dice"]) == (1, 0, 1)

    def test_a_photograph_without_lesions_counts_false_ones(self) -> None:
        found = lesion_metrics(NONE, _squares((5, 5)), FULL)
        assert math.isnan(found["lesion_sensitivity"]) and math.isnan(found["dice"])
        assert found["false_positives"] == 1
        assert lesion_metrics(NONE, NONE, FULL)["false_positives"] == 0


class TestArteriesAndVeins:
    def test_are_told_apart_on_drawn_pixels(self) -> None:
        arteries, veins = _squares((0, 0), side=10), _squares((20, 0), side=10)
        share = np.where(arteries, 0.8, 0.2).astype(np.float32)
        share[:4] = 0.1  # 40 of 100 artery pixels are called vein
        share[29] = 0.9  # 10 of 100 vein pixels are called artery
        vessels = arteries & (np.arange(60) >= 4)[:, None]
        found, counts = artery_vein_metrics(
            arteries, veins, called=share >= 0.5, found=vessels, share=share, counted=FULL
        )
        assert (found["sensitivity"], found["specificity"]) == (0.6, 0.9)
        assert found["accuracy"] == 0.75 and found["found"] == 0.3
        assert found["accuracy_found"] == found["sensitivity_found"] == 1 and math.isnan(found["specificity_found"])
        assert counts.positive.sum() == counts.negative.sum() == 100

    def test_crossings_and_uncertain_pixels_count_for_nothing(self) -> None:
        arteries, veins = _squares((0, 0), side=10), _squares((5, 0), side=10)
        share = np.full((60, 60), 0.9, np.float32)
        counted = FULL.copy()
        counted[:2] = False
        _, counts = artery_vein_metrics(arteries, veins, called=FULL, found=FULL, share=share, counted=counted)
        assert (counts.positive.sum(), counts.negative.sum()) == (30, 50)

    def test_nothing_drawn_is_undefined(self) -> None:
        share = np.zeros((60, 60), np.float32)
        found, _ = artery_vein_metrics(NONE, NONE, called=FULL, found=FULL, share=share, counted=FULL)
        assert all(math.isnan(value) for value in found.values())

    def test_the_share_of_nothing_is_one_half(self) -> None:
        share = artery_share(np.array([0.2, 0.0], np.float32), np.array([0.6, 0.0], np.float32))
        assert share.tolist() == pytest.approx([0.25, 0.5])
