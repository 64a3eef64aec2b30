"""Box counting: dimensions that are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.structures.measure.fractal import fractal_dimension


def _carpet(steps: int) -> np.ndarray:
    mask = np.ones((1, 1), bool)
    for _ in range(steps):
        hole = np.zeros_like(mask)
        mask = np.block([[mask, mask, mask], [mask, hole, mask], [mask, mask, mask]])
    return mask


def _triangle(steps: int) -> np.ndarray:
    mask = np.ones((1, 1), bool)
    for _ in range(steps):
        mask = np.block([[mask, np.zeros_like(mask)], [mask, mask]])
    return mask


@pytest.mark.parametrize(
    ("mask", "dimension"),
    [
        (np.eye(500, dtype=bool), 1.0),
        (np.ones((240, 240), bool), 2.0),
        (_carpet(5), np.log(8) / np.log(3)),
        (_triangle(9), np.log(3) / np.log(2)),
    ],
)
def test_known_dimensions(mask: np.ndarray, dimension: float) -> None:
    assert fractal_dimension(mask, len(mask)) == pytest.approx(dimension, abs=0.03)


@given(st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=10)
def test_moving_changes_nothing(down: int, across: int) -> None:
    frame = np.zeros((158, 158), bool)
    frame[down : down + 128, across : across + 128] = _triangle(7)
    assert fractal_dimension(frame, 128) == fractal_dimension(_triangle(7), 128)


def test_size_changes_little() -> None:
    small = fractal_dimension(_triangle(8), 256)
    assert fractal_dimension(np.kron(_triangle(8), np.ones((2, 2), bool)), 512) == pytest.approx(small, abs=0.02)


def test_undefined_where_nothing_can_be_counted() -> None:
    assert np.isnan(fractal_dimension(np.zeros((300, 300), bool), 300))
    assert np.isnan(fractal_dimension(np.ones((12, 12), bool), 12))
