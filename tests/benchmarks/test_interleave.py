"""Both kinds of work take turns, and the ratio is the median of the turns."""

import pytest

from benchmarks import interleave as module
from benchmarks.interleave import Timing, interleave


def test_both_take_turns_after_warming_up() -> None:
    order: list[str] = []
    interleave(lambda: order.append("ours"), lambda: order.append("usual"), repeats=2)
    assert order == ["ours", "usual"] * 3


def test_one_slow_turn_does_not_move_the_ratio() -> None:
    assert Timing(ours=[1.0, 1.0, 50.0], usual=[3.0, 4.0, 5.0]).ratio == pytest.approx(3.0)


def test_seconds_are_those_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))
    assert module.seconds(lambda: None) == 2.5
