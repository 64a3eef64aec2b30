"""The revised Knudtson formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.structures.measure.equivalents import ARTERIOLES, VENULES, equivalent


def test_widest_and_narrowest_are_joined_round_by_round() -> None:
    first, second, third = (0.88 * np.hypot(*pair) for pair in ((60, 100), (70, 90), (75, 80)))
    low, middle, high = sorted((first, second, third))
    by_hand = 0.88 * np.hypot(middle, 0.88 * np.hypot(low, high))
    assert equivalent([80, 60, 100, 75, 90, 70], ARTERIOLES) == pytest.approx(by_hand)
    assert equivalent([3, 4], VENULES) == pytest.approx(0.95 * 5)
    assert equivalent([7], ARTERIOLES) == 7


@given(st.lists(st.floats(1, 200), min_size=1, max_size=8), st.floats(0.1, 10))
@settings(max_examples=25)
def test_it_grows_with_the_unit_and_does_not_depend_on_order(calibres: list[float], factor: float) -> None:
    value = equivalent(calibres, ARTERIOLES)
    assert equivalent([factor * calibre for calibre in calibres], ARTERIOLES) == pytest.approx(factor * value)
    assert equivalent(calibres[::-1], ARTERIOLES) == pytest.approx(value)
