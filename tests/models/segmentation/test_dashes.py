"""Dashes and lines along the rim are no vessels."""

import cv2
import numpy as np

from fundusfm.models.segmentation.dashes import without_dashes

SIDE = 400
INSIDE = cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (200, 200), 199, 1, -1) > 0


def test_a_vessel_stays_and_a_dash_and_the_rim_go() -> None:
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(drawn, (200, 120), (200, 4), 1, 3)  # a vessel that reaches the rim
    vessel = drawn > 0
    cv2.ellipse(drawn, (200, 200), (196, 196), 0, 20, 80, 1, 2)
    drawn[300, 100:104] = 1
    assert np.array_equal(without_dashes((drawn > 0) & INSIDE, INSIDE), vessel & INSIDE)
    assert not without_dashes(np.zeros_like(INSIDE), INSIDE).any()
