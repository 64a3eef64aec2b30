"""Pieces of lines that go on as each other are one run."""

import cv2
import numpy as np

from fundusfm.models.segmentation.runs import runs_of


def drawn(*lines: tuple[tuple[int, int], tuple[int, int]]) -> np.ndarray:
    pieces = np.zeros((60, 100), np.int32)
    for number, (start, end) in enumerate(lines, start=1):
        cv2.line(pieces, start, end, number)
    return pieces


def test_two_vessels_cross_and_go_on_straight() -> None:
    pieces = drawn(((10, 30), (48, 30)), ((52, 30), (90, 30)), ((50, 5), (50, 28)), ((50, 32), (50, 55)))
    runs = runs_of(pieces, np.full(pieces.shape, 3, np.float32))
    assert runs[1] == runs[2] and runs[3] == runs[4] and runs[1] != runs[3]


def test_a_much_thinner_branch_is_a_vessel_of_its_own() -> None:
    pieces = drawn(((10, 30), (48, 30)), ((52, 30), (90, 30)))
    widths = np.where(pieces == 1, 6, 2).astype(np.float32)
    assert runs_of(pieces, widths).tolist() == [0, 1, 2]
    assert runs_of(np.zeros((5, 5), np.int32), np.zeros((5, 5), np.float32)).tolist() == [0]
