"""Thinned masks are lines with the same connections."""

import cv2
import numpy as np

from fundusfm.models.segmentation.thinning import thinned


def test_a_cross_becomes_two_lines_that_meet() -> None:
    mask = np.zeros((60, 80), np.uint8)
    cv2.line(mask, (10, 30), (70, 30), 1, 7)
    cv2.line(mask, (40, 5), (40, 55), 1, 5)
    line = thinned(mask > 0)
    assert line.sum() < 130 and not (line & (mask == 0)).any()
    assert line[30, 15:65].all() or line[29:32, 15:65].any(axis=0).all()
    assert cv2.connectedComponents(line.astype(np.uint8), connectivity=8)[0] == 2


def test_it_is_nearly_what_scikit_image_finds() -> None:
    from skimage.morphology import skeletonize

    mask = np.zeros((120, 120), np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(6):
        cv2.line(mask, tuple(rng.integers(5, 115, 2).tolist()), tuple(rng.integers(5, 115, 2).tolist()), 1, 5)
    ours, theirs = thinned(mask > 0), np.asarray(skeletonize(mask > 0), bool)
    near = cv2.dilate(theirs.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert near[ours].mean() > 0.99 and abs(int(ours.sum()) - int(theirs.sum())) < 0.2 * theirs.sum()


def test_nothing_and_everything() -> None:
    assert not thinned(np.zeros((9, 9), bool)).any()
    assert 0 < thinned(np.ones((9, 9), bool)).sum() < 20
