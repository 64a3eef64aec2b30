"""Both kinds of work take turns, and the ratio is the median of the turns."""

import pytest

from benchmarks.interleave import Timing, interleave, seconds


def test_both_take_turns_after_warming_up() -> None:
    order: list[str] = []
    interleave(lambda: order.append("ours"), lambda: order.append("usual"), repeats=2)
    assert order == ["ours", "usual"] * 3


def test_one_slow_turn_does_not_move_the_ratio() -> None:
    assert Timing(ours=[1.0, 1.0, 50.0], usual=[3.0, 4.0, 5.0]).ratio == pytest.approx(3.0)


def test_seconds_are_those_of_the_clock() -> None:
    clock = iter([10.0, 12.5])
    assert seconds(lambda: None, lambda: next(clock)) == 2.5


def test_each_turn_is_told_by_the_clock_that_was_given() -> None:
    clock = iter([0.0, 1.0, 5.0, 8.0])
    timing = interleave(lambda: None, lambda: None, repeats=1, clock=lambda: next(clock))
    assert (timing.ours, timing.usual) == ([1.0], [3.0])
