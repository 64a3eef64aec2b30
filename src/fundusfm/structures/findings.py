"""What masks say in a row of a table: lesions by kind, the optic disc, and how much is vessel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from fundusfm.models.segmentation.structures import DISC, LESIONS, VESSELS
from fundusfm.structures.masks import Mask

COUNT = "count"
DISC_FOUND, DISC_REASON, VESSEL_SHARE = f"{DISC}.found", f"{DISC}.reason", f"{VESSELS}.share"
"""Columns, as `count_column`: 1 where there is an optic disc; why what was found is none; vessels' share of the field
of view."""


def count_column(lesion: str) -> str:
    """Returns the column of how many lesions of a kind there are."""
    return f"{lesion}.{COUNT}"


def count_pieces(mask: Mask) -> int:
    """Returns how many connected pieces a mask has; pixels that touch at a corner are connected."""
    return int(cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0]) - 1


@dataclass(frozen=True)
class FoundDisc:
    """The optic disc of a mask.

    Attributes:
        x: Centre, in pixels from the left.
        y: Centre, in pixels from the top.
        diameter: Diameter of a circle of the same area, in pixels.
    """

    x: float
    y: float
    diameter: float


def disc_of(mask: Mask) -> FoundDisc | None:
    """Returns the disc; None where the mask is empty."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    return FoundDisc(float(columns.mean()) + 0.5, float(rows.mean()) + 0.5, 2 * float(np.sqrt(len(rows) / np.pi)))


def columns_of_structures(labels: Sequence[str]) -> list[str]:
    """Returns the columns that a table of screened photographs has for the masks of a segmenter."""
    counts = [count_column(lesion) for lesion in LESIONS if lesion in labels]
    disc = [DISC_FOUND, DISC_REASON] if DISC in labels else []
    return counts + disc + ([VESSEL_SHARE] if VESSELS in labels else [])


def cells_of_structures(masks: Mapping[str, Mask], inside: Mask, disc_doubt: str) -> dict[str, Any]:
    """Returns the cells of `columns_of_structures`.

    Args:
        masks: bool (height, width) by mask: all that the segmenter knows.
        inside: bool (height, width), the field of view.
        disc_doubt: Why there is no disc where something like one was found; else empty.
    """
    cells: dict[str, Any] = {count_column(lesion): count_pieces(masks[lesion]) for lesion in LESIONS if lesion in masks}
    if DISC in masks:
        cells |= {DISC_FOUND: int(masks[DISC].any()), DISC_REASON: disc_doubt}
    if VESSELS in masks:
        cells[VESSEL_SHARE] = share_of(masks[VESSELS], inside)
    return cells


def share_of(mask: Mask, inside: Mask) -> float:
    """Returns the share of the field of view that a mask covers, 0..1."""
    return round(float(mask.sum() / max(inside.sum(), 1)), 6)
