"""Masks summed up in cells of a table: lesions by kind, the optic disc, and the share of vessels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import DISC, LESIONS, VESSELS

COUNT = "count"
DISC_FOUND, DISC_REASON, VESSEL_SHARE = f"{DISC}.found", f"{DISC}.reason", f"{VESSELS}.share"
"""Columns: 1 if the optic disc was found, otherwise 0; why a piece that looks like it was refused; share of the field
of view that vessels cover."""

TOO_MANY = "Lesions are marked too often, in healthy eyes too: do not read them as findings."
LOOK_FIRST = "Arteries and veins are mixed up at times: look at the picture first."
"""What stands beside counts of lesions, and beside an arteriole-to-venule ratio."""


def count_column(lesion: str) -> str:
    """Returns the column that holds the number of lesions of a kind."""
    return f"{lesion}.{COUNT}"


def count_pieces(mask: Mask) -> int:
    """Returns the number of connected pieces of a mask; pixels that touch at a corner are connected."""
    return int(cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0]) - 1


@dataclass(frozen=True)
class FoundDisc:
    """Place and size of the optic disc.

    Attributes:
        x: Centre, in pixels from the left.
        y: Centre, in pixels from the top.
        diameter: Diameter of a circle of the same area, in pixels.
    """

    x: float
    y: float
    diameter: float


def disc_of(mask: Mask) -> FoundDisc | None:
    """Returns the disc of a mask; None where the mask is empty."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    return FoundDisc(float(columns.mean()) + 0.5, float(rows.mean()) + 0.5, 2 * float(np.sqrt(len(rows) / np.pi)))


def columns_of_structures(labels: Sequence[str]) -> list[str]:
    """Returns the columns that a table of screened photographs has for the masks of a segmenter."""
    counts = [count_column(lesion) for lesion in LESIONS if lesion in labels]
    disc = [DISC_FOUND, DISC_REASON] if DISC in labels else []
    return counts + disc + ([VESSEL_SHARE] if VESSELS in labels else [])


def cells_of_structures(masks: Mapping[str, Mask], inside: Mask, disc_doubt: str) -> dict[str, int | float | str]:
    """Returns the cells of `columns_of_structures`.

    Args:
        masks: bool (height, width) by mask, of all masks that the segmenter finds.
        inside: bool (height, width), the field of view.
        disc_doubt: Why a piece that looks like the disc was refused; empty if none was.
    """
    cells: dict[str, int | float | str] = {
        count_column(lesion): count_pieces(masks[lesion]) for lesion in LESIONS if lesion in masks
    }
    if DISC in masks:
        cells |= {DISC_FOUND: int(masks[DISC].any()), DISC_REASON: disc_doubt}
    if VESSELS in masks:
        cells[VESSEL_SHARE] = share_of(masks[VESSELS], inside)
    return cells


def share_of(mask: Mask, inside: Mask) -> float:
    """Returns the share of the field of view that a mask covers, 0..1."""
    return round(float(mask.sum() / max(inside.sum(), 1)), 6)
