"""Chooses the optic disc among the pieces that a network takes for one, or says why none of them can be it.

A network looks at a small part of the retina. It takes plaques of exudate and camera artefacts for discs, which differ
from one in size, in outline, or in that no vessels come out of them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.models.segmentation.arrays import Mask

_SMALLEST, _LARGEST = 0.09, 0.28
"""Diameter of a disc as a share of that of the field of view."""

_ROUND = 0.55
"""Least share of the smallest circle around a disc, as far as it lies in the field of view, that the disc fills."""

_AROUND = 0.17
"""How far from a disc's centre its vessels are looked for, as a share of the field of view's diameter."""

_DENSE = 0.75
"""Least density of vessels there, over that in the field of view."""


@dataclass(frozen=True)
class ChosenDisc:
    """The optic disc, or why it is not known.

    Attributes:
        mask: bool (height, width), one piece without holes; empty where no piece can be the disc.
        doubt: Why the likeliest piece is not called the disc; empty where one is, or where there is no piece.
    """

    mask: Mask
    doubt: str = ""


def choose_disc(found: Mask, probability: NDArray[np.float32], inside: Mask, vessels: Mask | None) -> ChosenDisc:
    """Chooses the likeliest of the pieces that have a disc's size, outline and vessels.

    Args:
        found: bool (height, width), what the network takes for disc.
        probability: float (height, width); the likeliest piece has the largest sum.
        inside: bool (height, width), the field of view.
        vessels: bool (height, width), where they are known.
    """
    count, numbers, boxes, _ = cv2.connectedComponentsWithStats((found & inside).astype(np.uint8), connectivity=8)
    sums = np.bincount(numbers.ravel(), weights=probability.ravel(), minlength=count)
    doubts = []
    for piece in 1 + np.argsort(-sums[1:], kind="stable"):
        left, top, width, height, _ = boxes[piece].tolist()
        box = np.s_[top : top + height, left : left + width]
        filled = _filled(numbers[box] == piece)
        if not (doubt := _doubt(filled, left, top, inside, vessels)):
            whole = np.zeros_like(found)
            whole[box] = filled
            return ChosenDisc(whole)
        doubts.append(doubt)
    return ChosenDisc(np.zeros_like(found), f"not sure of the optic disc: {doubts[0]}" if doubts else "")


def _filled(piece: Mask) -> Mask:
    outlines, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(piece.astype(np.uint8), outlines, -1, 1, cv2.FILLED), np.bool_)


def _doubt(piece: Mask, left: int, top: int, inside: Mask, vessels: Mask | None) -> str:
    """Returns why a piece cannot be the disc; empty where it can.

    Args:
        piece: bool, its bounding box.
        left: Where the box begins in the field of view.
        top: The same, from above.
        inside: As for `choose_disc`.
        vessels: The same.
    """
    across = _extent(inside)
    share = 2 * float(np.sqrt(piece.sum() / np.pi)) / across
    if not _SMALLEST <= share <= _LARGEST:
        what = "small" if share < _SMALLEST else "large"
        return f"what was found is too {what} ({share:.0%} of the field of view's diameter)"
    places = np.argwhere(piece) + np.array([top, left]) + 0.5
    (x, y), radius = cv2.minEnclosingCircle(places[:, ::-1].astype(np.float32))
    circle = _circle(inside, x, y, radius + 0.5)
    if piece.sum() < _ROUND * inside[circle.window][circle.mask].sum():
        return "what was found is not round"
    if vessels is None or not (overall := float(vessels[inside].mean())):
        return ""
    y, x = places.mean(axis=0)
    near = _circle(inside, x, y, _AROUND * across)
    seen = near.mask & inside[near.window]
    density = float(vessels[near.window][seen].mean())
    return "" if density >= _DENSE * overall else "no vessels come out of what was found"


@dataclass(frozen=True)
class _Circle:
    """The pixels of a circle: the window of the picture that holds them, and which of the window they are."""

    window: tuple[slice, slice]
    mask: Mask


def _circle(picture: Mask, x: float, y: float, radius: float) -> _Circle:
    top, left = max(0, int(y - radius)), max(0, int(x - radius))
    bottom, right = min(picture.shape[0], int(y + radius) + 1), min(picture.shape[1], int(x + radius) + 1)
    down, across = np.arange(top, bottom)[:, None] + 0.5 - y, np.arange(left, right)[None] + 0.5 - x
    return _Circle(np.s_[top:bottom, left:right], np.asarray(np.hypot(down, across) <= radius))


def _extent(inside: Mask) -> int:
    """Returns the larger of height and width of what is inside."""
    return max(int(np.ptp(np.flatnonzero(inside.any(axis=axis)))) + 1 for axis in (0, 1))
