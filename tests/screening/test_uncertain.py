"""The zone is as wide above a threshold as below, in logits."""

import pytest

from fundusfm.screening.uncertain import HALF_WIDTH, is_uncertain


@pytest.mark.parametrize("threshold", [0.03, 0.5, 0.9])
def test_the_zone_is_symmetric_in_logits(threshold: float) -> None:
    odds = threshold / (1 - threshold)
    for factor, inside in ((0.99, True), (1.01, False)):
        for sign in (1, -1):
            moved = odds * 2.718281828 ** (sign * factor * HALF_WIDTH)
            assert is_uncertain(moved / (1 + moved), threshold) is inside


def test_certain_scores() -> None:
    assert not is_uncertain(0.0, 0.5)
    assert not is_uncertain(1.0, 0.5)
    assert is_uncertain(1.0, 1.0)
