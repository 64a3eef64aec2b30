"""Pictures are made smaller, never larger, and keep their shape."""

import numpy as np
import pytest

from fundusfm.data.shrink import shrunk


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((40, 100, 3), (20, 50, 3)), ((100, 40), (50, 20)), ((1, 1000, 3), (1, 50, 3)), ((50, 50, 3), (50, 50, 3))],
)
def test_the_longer_side_is_bounded(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert shrunk(np.zeros(shape, np.uint8), 50).shape == expected


def test_grey_stays_grey() -> None:
    assert (shrunk(np.full((64, 64, 3), 90, np.uint8), 16) == 90).all()
