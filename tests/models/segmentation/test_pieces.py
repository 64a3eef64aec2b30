"""Pieces without a sure pixel go, the others stay whole."""

import numpy as np

from fundusfm.models.segmentation.pieces import sure_pieces


def test_a_piece_stays_whole_or_goes() -> None:
    mask = np.zeros((20, 20), bool)
    mask[2:6, 2:6] = mask[10:14, 10:14] = True
    mask[14, 14] = True  # touches the second at a corner
    sure = np.zeros_like(mask)
    sure[14, 14] = sure[18, 18] = True  # the last lies in no piece
    kept = sure_pieces(mask, sure)
    assert kept.sum() == 17 and kept[10:14, 10:14].all() and not kept[2:6, 2:6].any() and not kept[18, 18]


def test_nothing_gives_nothing() -> None:
    empty = np.zeros((5, 5), bool)
    assert not sure_pieces(empty, ~empty).any() and not sure_pieces(~empty, empty).any()
