"""Skeletons cut at branch points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.structures.measure.segments import segments
from fundusfm.structures.scoring.skeleton import centreline

ROWS, COLUMNS = np.mgrid[:200, :200] + 0.5


def _line(angle: float, width: float = 3.0) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    across = (ROWS - 100) * cosine - (COLUMNS - 100) * sine
    return (np.abs(across) <= width / 2) & (np.hypot(ROWS - 100, COLUMNS - 100) < 70)


@given(st.floats(0, np.pi))
@settings(max_examples=40)
def test_a_straight_line_is_straight_at_any_angle(angle: float) -> None:
    longest = max(segments(centreline(_line(angle))), key=lambda piece: piece.arc)
    assert longest.arc / longest.chord < 1.01
    assert longest.arc == pytest.approx(136, abs=8)


def test_half_a_circle_is_half_pi() -> None:
    half = (np.abs(np.hypot(ROWS - 200, COLUMNS - 100) - 80) < 2) & (ROWS < 200)
    (piece,) = segments(centreline(half))
    assert piece.arc / piece.chord == pytest.approx(np.pi / 2, rel=0.03)


def test_a_cross_has_four_arms() -> None:
    found = [piece for piece in segments(centreline(_line(0.0) | _line(np.pi / 2))) if piece.arc > 10]
    assert len(found) == 4
    assert all(piece.arc == pytest.approx(68, abs=5) for piece in found)


def test_every_pixel_of_an_open_path_is_used_once() -> None:
    line = np.zeros((50, 50), bool)
    line[10, 5:40] = True
    (piece,) = segments(line)
    assert piece.arc == pytest.approx(34) and piece.middle == pytest.approx((10, 22))


def test_a_staircase_is_one_piece() -> None:
    steps = np.zeros((50, 50), bool)
    for place in range(5, 40):
        steps[place, place : place + 2] = True
    (piece,) = segments(steps)
    assert piece.arc == pytest.approx(35 * np.sqrt(2), abs=1.5) and piece.arc / piece.chord < 1.01


def test_rings_dots_and_nothing_have_no_segment() -> None:
    ring = centreline(np.abs(np.hypot(ROWS - 100, COLUMNS - 100) - 50) < 2)
    dot = np.zeros((50, 50), bool)
    dot[3, 3] = True
    assert segments(ring) == segments(dot) == segments(np.zeros((50, 50), bool)) == []
