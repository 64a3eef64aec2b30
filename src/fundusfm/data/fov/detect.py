"""The field of view (FOV): the circle that the camera's aperture draws around the retina.

Coordinates are continuous: pixel (row r, column c) covers [c, c + 1) x [r, r + 1), so its centre is at
(c + 0.5, r + 0.5), and scaling an image scales its coordinates without an offset.

The circle is fitted on a copy of at most 320 pixels: threshold the brightness, keep the largest region, take
its outermost pixel in each row and column, and find the circle that most of them agree on (RANSAC, then least
squares). Pixels on the straight sides of the region's bounding box say nothing about the circle, so a FOV that
the sensor or a crop cuts off needs no special case. Several thresholds compete, since no single one fits both a
flash artefact and a dark photograph. Where no circle fits but an axis-aligned ellipse does, the photograph was
stretched at its source; the circle returned then covers the visible part.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.conic import Ellipse, fit_ellipse

CROP_VERSION = "fov-v1"

_WORKING_SIDE = 320
_SMALLEST_SIDE = 16
# Thresholds as shares of the way from background to bright retina, tried in this order until one fits well.
_THRESHOLDS = (0.10, 0.05, 0.20, 0.35)
_LOWEST_STEP = 5.0
_EXCELLENT, _GOOD, _LEAST = 0.9, 0.8, 0.5
_LEAST_ARC = 60
# An ellipse has one more free parameter than a circle: it must explain clearly more of the outline.
_ELLIPSE_PRICE = 0.12
# A large circle through one arc of a stretched FOV reaches far beyond what was photographed.
_UNSEEN_PRICE = 0.3
_ANGLES = np.deg2rad(np.arange(0.0, 360.0, 1.0))


@dataclass(frozen=True)
class FOV:
    """A circle in pixels of the original photograph.

    Attributes:
        x: Centre, from the left side, in continuous coordinates (see the module's docstring).
        y: Centre, from the top.
        radius: Radius; the crop is the square of side 2 * radius around the centre.
        found: Whether a circle was fitted; otherwise the circle surrounds the full frame.
        reason: Why none was fitted; empty when one was.
    """

    x: float
    y: float
    radius: float
    found: bool
    reason: str = ""

    def scaled(self, factor: float) -> "FOV":
        """Returns the same circle in an image whose sides are `factor` times as long."""
        return FOV(self.x * factor, self.y * factor, self.radius * factor, self.found, self.reason)

    def on_grid(self) -> "FOV":
        """Returns the circle moved by less than a pixel, so that its square begins and ends between pixels."""
        side = max(1, round(2 * self.radius))
        left, top = round(self.x - side / 2), round(self.y - side / 2)
        return FOV(left + side / 2, top + side / 2, side / 2, self.found, self.reason)


def full_frame(height: int, width: int, reason: str) -> FOV:
    """Returns the circle whose square holds the whole frame, for a photograph without a FOV that can be fitted."""
    return FOV(width / 2, height / 2, max(height, width) / 2, found=False, reason=reason)


def find_fov(image: NDArray[np.uint8]) -> FOV:
    """Finds the field of view; never raises on an 8-bit image.

    Args:
        image: uint8 (height, width, 3), RGB, or (height, width).

    Returns:
        The circle in pixels of `image`. Where none can be fitted, one around the full frame with `found=False`
        and the reason.
    """
    height, width = image.shape[:2]
    if min(height, width) < _SMALLEST_SIDE:
        return full_frame(height, width, f"a side is shorter than {_SMALLEST_SIDE} pixels")
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = max(_SMALLEST_SIDE, round(width * scale)), max(_SMALLEST_SIDE, round(height * scale))
    small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    brightness = _brightest_channel(np.asarray(small, dtype=np.uint8))
    found = _best_outline(brightness)
    if isinstance(found, str):
        return full_frame(height, width, found)
    # The two sides are rounded on their own when scaling, so each axis has its own factor.
    x_factor, y_factor = width / brightness.shape[1], height / brightness.shape[0]
    outline = Ellipse(found.x * x_factor, found.y * y_factor, found.x_axis * x_factor, found.y_axis * y_factor)
    if found.x_axis == found.y_axis:
        return FOV(outline.x, outline.y, (outline.x_axis + outline.y_axis) / 2, found=True)
    return _visible_part(outline, height, width)


def _brightest_channel(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # A dark retina still shows in red. OpenCV's pairwise maximum is far quicker than NumPy's along the last axis.
    if image.ndim == 2:
        return image
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.uint8)


def _visible_part(outline: Ellipse, height: int, width: int) -> FOV:
    left, right = max(0.0, outline.x - outline.x_axis), min(float(width), outline.x + outline.x_axis)
    top, bottom = max(0.0, outline.y - outline.y_axis), min(float(height), outline.y + outline.y_axis)
    return FOV((left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top) / 2, found=True)


def _percentile(counts: NDArray[np.float64], percent: float) -> np.float64:
    """Returns what `np.percentile` does, from the number of pixels of each value, which spares a partial sort."""
    ends = np.cumsum(counts)
    place = percent / 100 * (ends[-1] - 1)
    low, high = np.searchsorted(ends, [np.floor(place), np.ceil(place)], side="right")
    return np.float64(low + (high - low) * (place - np.floor(place)))


def _best_outline(values: NDArray[np.uint8]) -> Ellipse | str:
    counts = np.asarray(cv2.calcHist([values], [0], None, [256], [0, 256]), np.float64).ravel()
    background, bright = _percentile(counts, 1), _percentile(counts, 95)
    if bright - background < 2 * _LOWEST_STEP:
        return "the photograph is uniform"
    best, best_score = None, _LEAST
    reason = "no dark background around the field of view"
    steps = [max(_LOWEST_STEP, share * (bright - background)) for share in _THRESHOLDS]
    for step in dict.fromkeys(steps):
        region = _largest_region(values > int(background + step))
        if region is None:
            continue
        box = _Box.around(region)
        points = _outline_points(region, values, background, box)
        for circular in (True, False):
            outline = fit_ellipse(points, circular=circular, largest=max(region.shape))
            if outline is None:
                continue
            reason = "no circle fits the outline of the bright region"
            score = _score(outline, region, box) - (0.0 if circular else _ELLIPSE_PRICE)
            if score > best_score:
                best, best_score = outline, score
            if score >= _EXCELLENT:
                return outline
        if best_score >= _GOOD:
            break
    return best or reason


@dataclass(frozen=True)
class _Box:
    """The bounding box of the bright region; its sides are where the frame, or an earlier crop, ends."""

    left: int
    right: int
    top: int
    bottom: int

    @staticmethod
    def around(region: NDArray[np.uint8]) -> "_Box":
        left, top, width, height = cv2.boundingRect(region)
        return _Box(left, left + width, top, top + height)


def _largest_region(mask: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """Returns the largest connected region, without the specks and streaks that an opening removes."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    # A count of 16-bit labels takes half as long as OpenCV's own statistics; regions of 9 pixels cannot be too many.
    count, labels = cv2.connectedComponents(opened, connectivity=4, ltype=cv2.CV_16U)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(np.bincount(labels.ravel(), minlength=count)[1:]))
    return np.asarray(labels == largest, dtype=np.uint8)


def _outline_points(
    region: NDArray[np.uint8], values: NDArray[np.uint8], background: np.float64, box: _Box
) -> NDArray[np.float64]:
    """Returns (n, 2) points x, y where the region begins and ends in each row and column, not on the box's sides."""
    across = _row_ends(region, values, background)
    down = _row_ends(np.ascontiguousarray(region.T), values.T, background)[:, ::-1]
    points = np.concatenate([across, down])
    x, y, margin = points[:, 0], points[:, 1], 1.5
    between = (x > box.left + margin) & (x < box.right - margin)
    return points[between & (y > box.top + margin) & (y < box.bottom - margin)]


def _row_ends(region: NDArray[np.uint8], values: NDArray[np.uint8], background: np.float64) -> NDArray[np.float64]:
    rows = np.flatnonzero(region.any(axis=1))
    inside, width = region[rows].view(bool), region.shape[1]  # the first True is found far sooner than the first 1
    first, last = inside.argmax(axis=1), width - 1 - inside[:, ::-1].argmax(axis=1)
    # A pixel on the rim is partly background: how bright it is beside its inner neighbour says how much.
    left = first + 1 - _coverage(values, background, rows, first, np.minimum(first + 2, width - 1))
    right = last + _coverage(values, background, rows, last, np.maximum(last - 2, 0))
    middle = rows + 0.5
    return np.concatenate([np.column_stack([left, middle]), np.column_stack([right, middle])])


def _coverage(
    values: NDArray[np.uint8],
    background: np.float64,
    rows: NDArray[np.intp],
    rim: NDArray[np.intp],
    inner: NDArray[np.intp],
) -> NDArray[np.float64]:
    outer, next_to = values[rows, rim] - background, values[rows, inner] - background
    return np.asarray(np.clip(outer / np.maximum(next_to, 1.0), 0.0, 1.0), dtype=np.float64)


def _score(outline: Ellipse, region: NDArray[np.uint8], box: _Box) -> float:
    """Returns how well an outline explains the region, up to 1; 0 where too little of it is seen to tell.

    The share of directions in which it is right: from the centre outwards, the region ends at the outline, or reaches
    the side of its bounding box first. The part of the outline's area beyond the box costs a little.
    """
    height, width = region.shape
    cosine, sine, step = np.cos(_ANGLES), np.sin(_ANGLES), 0.03

    def is_bright(share: NDArray[np.float64] | float) -> NDArray[np.bool_]:
        columns = np.floor(outline.x + share * outline.x_axis * cosine).astype(int)
        rows = np.floor(outline.y + share * outline.y_axis * sine).astype(int)
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        return np.asarray(inside & (region[rows.clip(0, height - 1), columns.clip(0, width - 1)] > 0))

    with np.errstate(divide="ignore"):
        to_side = np.maximum(
            0.0,
            np.minimum(
                np.where(cosine > 0, box.right - outline.x, box.left - outline.x) / (outline.x_axis * cosine),
                np.where(sine > 0, box.bottom - outline.y, box.top - outline.y) / (outline.y_axis * sine),
            ),
        )
    seen = to_side > 1 - step / 2
    rim = seen & is_bright(1 - step) & ~is_bright(1 + step)
    cut = ~seen & is_bright(np.maximum(to_side - step / 2, 0.0))
    if rim.sum() < _LEAST_ARC:
        return 0.0
    # In polar coordinates the area within the box is the mean of the squared distances.
    unseen = 1 - float(np.mean(np.minimum(to_side, 1.0) ** 2))
    return float((rim | cut).mean()) - _UNSEEN_PRICE * unseen
