"""Robust circle and ellipse fits."""

import numpy as np
import pytest

from fundusfm.data.fov.conic import fit_ellipse


def _points(x: float, y: float, a: float, b: float, low: float = 0, high: float = 2 * np.pi) -> np.ndarray:
    angles = np.linspace(low, high, 300)
    return np.column_stack([x + a * np.cos(angles), y + b * np.sin(angles)])


def test_circle_among_outliers() -> None:
    wrong = np.random.default_rng(1).uniform(0, 300, (200, 2))
    fit = fit_ellipse(np.concatenate([_points(140, 160, 90, 90), wrong]), circular=True, largest=300)
    assert fit is not None
    assert (fit.x, fit.y, fit.x_axis, fit.y_axis) == pytest.approx((140, 160, 90, 90), abs=0.5)


def test_ellipse_from_two_arcs() -> None:
    arcs = np.concatenate([_points(150, 150, 100, 140, -0.7, 0.7), _points(150, 150, 100, 140, 2.4, 3.9)])
    fit = fit_ellipse(arcs, circular=False, largest=300)
    assert fit is not None
    assert (fit.x, fit.y, fit.x_axis, fit.y_axis) == pytest.approx((150, 150, 100, 140), abs=1)


@pytest.mark.parametrize(
    "points", [np.zeros((0, 2)), np.zeros((50, 2)), np.column_stack([np.arange(80.0), np.full(80, 5.0)])]
)
def test_nothing_to_fit(points: np.ndarray) -> None:
    assert fit_ellipse(points, circular=True, largest=300) is None
