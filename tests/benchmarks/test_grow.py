"""The fitted exponent is that of the work."""

import pytest

from benchmarks import grow


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_exponent_of_known_growth(power: float, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[float] = []
    monkeypatch.setattr(grow, "seconds", lambda work: (work(), taken[-1])[1])
    slope, medians = grow.exponent((1, 2, 4), lambda size: taken.append(3 * size**power), repeats=3)
    assert slope == pytest.approx(power)
    assert medians == pytest.approx([3 * size**power for size in (1, 2, 4)])
