"""Robust fits of a circle, or of an ellipse with upright axes, to points of which many are wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TRIALS = 128
_TOLERANCE = 1.5
_REFINEMENTS = 4
_MOST_POINTS = 240
# Photographs stretched at the source stay within these ratios of height to width.
_RATIOS = (0.6, 1.7)


@dataclass(frozen=True)
class Ellipse:
    """An ellipse with upright axes: centre and half axes, in pixels. A circle has two equal half axes."""

    x: float
    y: float
    x_axis: float
    y_axis: float


def fit_ellipse(points: NDArray[np.float64], *, circular: bool, largest: float) -> Ellipse | None:
    """Fits the curve that the most points agree on: RANSAC, then least squares on those points.

    The curve is written x^2 + b y^2 + c x + d y + e = 0 (b = 1 for a circle), linear in its unknowns
    (Kasa, IEEE Trans. Instrum. Meas. 25, 1976; RANSAC: Fischler and Bolles, Commun. ACM 24, 1981).

    Args:
        points: (n, 2) x and y, in pixels.
        circular: Whether to fit a circle.
        largest: Longest side of the frame; half axes between 0.1 and 0.9 of it are accepted.

    Returns:
        The curve, or None where fewer than 12 points agree on one. The same points give the same curve.
    """
    if len(points) < 12:
        return None
    if len(points) > _MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, _MOST_POINTS).astype(int)]
    # Centred and scaled, the linear systems are well conditioned.
    offset, unit = points.mean(axis=0), largest / 2
    normal = (points - offset) / unit
    tolerance = _TOLERANCE / unit
    unknowns = 3 if circular else 4
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(normal), (_TRIALS, unknowns))
    curves = _curves(_solve(normal[picks], circular), circular)
    curves = curves[_plausible(curves)]
    if not len(curves):
        return None
    agree = _distances(curves, normal) < tolerance
    curve = curves[int(agree.sum(axis=1).argmax())]
    before = None
    for _ in range(_REFINEMENTS):
        near = _distances(curve[None], normal)[0] < tolerance
        if near.sum() < 12:
            return None
        if before is not None and np.array_equal(near, before):  # the same points give the same curve
            break
        before = near
        refined = _curves(_solve(normal[near][None], circular), circular)
        if not _plausible(refined)[0]:
            break
        curve = refined[0]
    x, y, x_axis, y_axis = (float(value) for value in curve * unit)
    return Ellipse(x + float(offset[0]), y + float(offset[1]), x_axis, x_axis if circular else y_axis)


def _solve(points: NDArray[np.float64], circular: bool) -> NDArray[np.float64]:
    """Returns (trials, 4) b, c, d, e by least squares for (trials, n, 2) points."""
    x, y = points[..., 0], points[..., 1]
    ones = np.ones_like(x)
    if circular:
        matrix, target = np.stack([x, y, ones], axis=-1), -(x**2 + y**2)
    else:
        matrix, target = np.stack([y**2, x, y, ones], axis=-1), -(x**2)
    transposed = np.swapaxes(matrix, -1, -2)
    # A picked point may repeat: the small ridge keeps such a system solvable, and the fit is then implausible.
    ridge = 1e-9 * np.eye(matrix.shape[-1])
    unknowns = np.linalg.solve(transposed @ matrix + ridge, transposed @ target[..., None])[..., 0]
    return np.asarray(np.insert(unknowns, 0, 1.0, axis=-1) if circular else unknowns, dtype=np.float64)


def _curves(unknowns: NDArray[np.float64], circular: bool) -> NDArray[np.float64]:
    """Returns (trials, 4) x, y, half axes; NaN where the unknowns describe no ellipse."""
    b, c, d, e = np.moveaxis(unknowns, -1, 0)
    with np.errstate(all="ignore"):
        x, y = -c / 2, -d / (2 * b)
        square = x**2 + b * y**2 - e
        x_axis = np.sqrt(np.where(square > 0, square, np.nan))
        y_axis = x_axis if circular else x_axis / np.sqrt(np.where(b > 0, b, np.nan))
    return np.stack([x, y, x_axis, y_axis], axis=-1)


def _plausible(curves: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y, x_axis, y_axis = np.moveaxis(curves, -1, 0)
    with np.errstate(all="ignore"):
        ratio = y_axis / x_axis
        sized = (np.minimum(x_axis, y_axis) > 0.2) & (np.maximum(x_axis, y_axis) < 1.8) & (np.hypot(x, y) < 1.5)
        return np.asarray(sized & (ratio > _RATIOS[0]) & (ratio < _RATIOS[1]))


def _distances(curves: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns (curves, points) distances along the line to the centre, exact for circles."""
    x, y, x_axis, y_axis = (column[:, None] for column in np.moveaxis(curves, -1, 0))
    # np.hypot is several times slower, and nothing here can overflow. In place: new arrays cost as much as the sums.
    across, down = points[:, 0] - x, points[:, 1] - y
    across /= x_axis
    down /= y_axis
    across *= across
    down *= down
    across += down
    share = np.sqrt(across, out=across)
    share -= 1
    distance = np.abs(share, out=share)
    distance *= np.minimum(x_axis, y_axis)
    return np.asarray(distance)
