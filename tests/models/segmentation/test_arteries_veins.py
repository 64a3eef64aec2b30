"""A vessel is artery or vein from one branching to the next, whatever single pixels say."""

import cv2
import numpy as np

from fundusfm.models.segmentation.arteries_veins import separate_arteries


def test_a_piece_between_branchings_is_of_one_kind() -> None:
    vessels = np.zeros((120, 160), np.uint8)
    cv2.line(vessels, (10, 60), (80, 60), 1, 5)  # a trunk that branches in two
    cv2.line(vessels, (80, 60), (150, 20), 1, 5)
    cv2.line(vessels, (80, 60), (150, 100), 1, 5)
    mask = vessels > 0
    difference = np.full(mask.shape, 0.4, np.float32)
    difference[:, 40:60] = -0.5  # in doubt about the middle of the trunk
    difference[70:, 90:] = -0.4  # the lower branch is a vein
    arteries, veins = separate_arteries(mask, difference)
    assert np.array_equal(arteries | veins, mask) and not (arteries & veins).any()
    assert arteries[60, 15:70].all()
    assert arteries[20:30, 130:150][mask[20:30, 130:150]].all()
    assert veins[90:98, 130:148][mask[90:98, 130:148]].all()


def test_masks_without_a_line_or_without_a_pixel() -> None:
    dot = np.zeros((20, 20), bool)
    dot[10, 10] = True
    for value, kind in ((0.2, 0), (-0.2, 1)):
        shared = separate_arteries(dot, np.full(dot.shape, value, np.float32))
        assert np.array_equal(shared[kind], dot) and not shared[1 - kind].any()
    assert not any(mask.any() for mask in separate_arteries(~dot & dot, np.zeros(dot.shape, np.float32)))
