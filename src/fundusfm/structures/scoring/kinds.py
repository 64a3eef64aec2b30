"""What is measured of each structure beside its pixels: the disc's centre, lesions one by one, arteries from veins."""

import math

import cv2
import numpy as np

from fundusfm.models.segmentation.arrays import Map, Mask
from fundusfm.models.segmentation.structures import DISC, LESIONS, VESSELS, WORDS
from fundusfm.structures.findings import disc_of
from fundusfm.structures.scoring.metrics import image_areas, mask_metrics
from fundusfm.structures.scoring.pixels import PixelCounts, count_pixels

ARTERY_VEIN = "artery_vein"
"""The label under which arteries and veins are scored: one question, which of the two a vessel is."""

_LESION = ("auprc", "dice", "lesion_sensitivity", "false_positives", "sensitivity", "specificity", "auroc")
METRICS: dict[str, tuple[str, ...]] = {
    VESSELS: ("dice", "cldice", "mcc", "auroc", "auprc", "sensitivity", "specificity", "accuracy"),
    ARTERY_VEIN: (
        "accuracy",
        "sensitivity",
        "specificity",
        "auroc",
        "accuracy_found",
        "sensitivity_found",
        "specificity_found",
        "found",
    ),
    DISC: ("dice", "centre_error", "centre_within_half", "sensitivity", "specificity", "auprc"),
} | dict.fromkeys(LESIONS, _LESION)
"""Metrics by label, the most telling first; those of ranking are also pooled over all pixels of a set."""

TITLES = WORDS | {ARTERY_VEIN: "arteries and veins"}
"""What each label is called."""

_NEAR = 0.5


def disc_metrics(drawn: Mask, called: Mask, counted: Mask) -> dict[str, float]:
    """Scores the optic disc.

    Args:
        drawn: bool (height, width), the observer's disc.
        called: bool (height, width), the segmenter's, one piece or none.
        counted: bool (height, width), the field of view.

    Returns:
        The metrics of `mask_metrics`, and `centre_error`: the distance between the centres of gravity in radii of the
        drawn disc (of a circle of its area), NaN where none was found; and `centre_within_half`: 1 where that is half a
        radius at most, 0 where it is more or no disc was found.
    """
    own, found = disc_of(drawn & counted), disc_of(called & counted)
    error, near = math.nan, math.nan
    if own is not None:
        near = 0.0
        if found is not None:
            error = math.dist((own.x, own.y), (found.x, found.y)) / (own.diameter / 2)
            near = float(error <= _NEAR)
    return mask_metrics(drawn, called, counted) | {"centre_error": error, "centre_within_half": near}


def lesion_metrics(drawn: Mask, called: Mask, counted: Mask) -> dict[str, float]:
    """Scores lesions of one kind, pixel by pixel and one by one.

    A lesion is a connected piece of a mask, corners included. A drawn one is found if one pixel of it was called; a
    called one is false if no pixel of it was drawn.

    Args:
        drawn: bool (height, width), the observer's lesions.
        called: bool (height, width), the segmenter's.
        counted: bool (height, width), the field of view.

    Returns:
        The metrics of `mask_metrics`, `lesion_sensitivity` (share of the drawn lesions that was found, NaN where none
        was drawn) and `false_positives` (a number of lesions).
    """
    own, found = drawn & counted, called & counted
    hits, right = _touched(own, found), _touched(found, own)
    return mask_metrics(drawn, called, counted) | {
        "lesion_sensitivity": float(hits.mean()) if len(hits) else math.nan,
        "false_positives": float(np.count_nonzero(~right)),
    }


def artery_share(arteries: Map, veins: Map) -> Map:
    """Returns the artery's probability over the sum of both, float (height, width); one half where both are 0."""
    total = arteries + veins
    return np.asarray(np.divide(arteries, total, out=np.full_like(total, 0.5), where=total > 0))


def artery_vein_metrics(
    arteries: Mask, veins: Mask, *, called: Mask, found: Mask, share: Map, counted: Mask
) -> tuple[dict[str, float], PixelCounts]:
    """Scores how arteries are told from veins on the pixels that an observer drew as one of the two.

    On all of them, as with RITE (Hu et al., MICCAI 2013), so that a vessel that was not found counts by what it would
    be called; and (`_found`) on those that the segmenter calls vessel, as papers that name found vessels do.

    Args:
        arteries: bool (height, width), drawn.
        veins: bool (height, width), drawn; pixels that are both count for nothing.
        called: bool (height, width), where a vessel is, or would be, called artery.
        found: bool (height, width), what the segmenter calls vessel.
        share: Float (height, width), the artery's probability over the sum of both.
        counted: bool (height, width), the field of view without crossings and uncertain vessels.

    Returns:
        `accuracy`, `sensitivity` (share of artery pixels called artery), `specificity` (share of vein pixels called
        vein), `auroc`, the first three as `accuracy_found` and so on, and `found` (share of the drawn pixels that is
        called vessel), NaN where undefined; and the pixels by their share.
    """
    drawn = (arteries ^ veins) & counted
    truth, counts = arteries[drawn], count_pixels(arteries[drawn], share[drawn])
    metrics = _told(truth, called[drawn]) | {"auroc": image_areas(counts)["auroc"], "found": _mean(found[drawn])}
    both = drawn & found
    return metrics | {f"{name}_found": value for name, value in _told(arteries[both], called[both]).items()}, counts


def _told(artery: Mask, called: Mask) -> dict[str, float]:
    return {
        "accuracy": _mean(artery == called),
        "sensitivity": _mean(called[artery]),
        "specificity": _mean(~called[~artery]),
    }


def _mean(values: Mask) -> float:
    return float(values.mean()) if values.size else math.nan


def _touched(pieces: Mask, other: Mask) -> Mask:
    """Returns for each connected piece of a mask whether the other mask shares a pixel with it."""
    number, numbers = cv2.connectedComponents(pieces.astype(np.uint8), connectivity=8)
    touched = np.zeros(number, np.bool_)
    touched[numbers[pieces & other]] = True
    return touched[1:]
