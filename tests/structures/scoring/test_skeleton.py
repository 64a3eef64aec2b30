"""Thin lines in the middle of thick ones."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from fundusfm.structures.scoring.skeleton import centreline, skeleton

ROWS, COLUMNS = np.mgrid[:120, :120] + 0.5
Thinning = Callable[[np.ndarray], np.ndarray]


def _line(angle: float, width: float) -> np.ndarray:
    across = (ROWS - 60) * np.cos(angle) - (COLUMNS - 60) * np.sin(angle)
    return (np.abs(across) <= width / 2) & (np.hypot(ROWS - 60, COLUMNS - 60) < 50)


@pytest.mark.parametrize("thinned", [skeleton, centreline])
@pytest.mark.parametrize("width", [3, 6, 9])
def test_a_bar_becomes_its_middle(thinned: Thinning, width: int) -> None:
    bar = np.zeros((40, 80), bool)
    bar[15 : 15 + width, 10:70] = True
    rows, columns = np.nonzero(thinned(bar))
    assert np.median(rows) == pytest.approx(15 + (width - 1) / 2, abs=0.5)
    assert np.ptp(columns) >= 60 - width


@given(st.floats(0, np.pi), st.floats(2, 8))
@settings(max_examples=40)
def test_centrelines_keep_direction_length_and_connection(angle: float, width: float) -> None:
    line = centreline(_line(angle, width))
    assert label(line, np.ones((3, 3)))[1] == 1
    rows, columns = np.nonzero(line)
    assert np.hypot(np.ptp(rows), np.ptp(columns)) == pytest.approx(100 - width / 2, abs=8)


@pytest.mark.parametrize("thinned", [skeleton, centreline])
def test_nothing_stays_nothing(thinned: Thinning) -> None:
    assert not thinned(np.zeros((20, 20), bool)).any()
