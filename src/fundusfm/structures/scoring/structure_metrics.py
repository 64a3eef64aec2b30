"""Metrics of each structure: where the disc's centre is, lesions counted one by one, arteries told from veins."""

import math

import cv2
import numpy as np

from fundusfm.models.segmentation.arrays import Map, Mask
from fundusfm.models.segmentation.structures import ARTERY_VEIN, DISC, LESIONS, VESSELS
from fundusfm.structures.findings import disc_of
from fundusfm.structures.scoring.pixel_metrics import image_areas, mask_metrics
from fundusfm.structures.scoring.pixels import PixelCounts, count_pixels

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
"""Metrics by label, the most telling first; AUROC and AUPRC are also pooled over all pixels of a set."""

_NEAR = 0.5
"""Error of the disc's centre, in radii, up to which the disc counts as found."""


def disc_metrics(truth: Mask, predicted: Mask, counted: Mask) -> dict[str, float]:
    """Scores the optic disc.

    Args:
        truth: bool (height, width), the observer's disc.
        predicted: bool (height, width), the segmenter's: one piece, or empty.
        counted: bool (height, width), the field of view.

    Returns:
        The metrics of `mask_metrics`, and two of the centre of gravity. `centre_error` is the distance between the
        observer's and the segmenter's, in radii of a circle of the area of the observer's disc; NaN where none was
        found. `centre_within_half` is 1 where that is half a radius at most, and 0 where it is more or no disc was
        found.
    """
    drawn, found = disc_of(truth & counted), disc_of(predicted & counted)
    error, near = math.nan, math.nan
    if drawn is not None:
        near = 0.0
        if found is not None:
            error = math.dist((drawn.x, drawn.y), (found.x, found.y)) / (drawn.diameter / 2)
            near = float(error <= _NEAR)
    return mask_metrics(truth, predicted, counted) | {"centre_error": error, "centre_within_half": near}


def lesion_metrics(truth: Mask, predicted: Mask, counted: Mask) -> dict[str, float]:
    """Scores lesions of one kind, pixel by pixel and one by one.

    A lesion is a connected piece of a mask; pixels that touch at a corner are connected. A lesion of the observer's is
    found if it shares a pixel with the prediction. A predicted lesion that shares none with the truth is a false
    positive.

    Args:
        truth: bool (height, width), the observer's lesions.
        predicted: bool (height, width), the segmenter's.
        counted: bool (height, width), the field of view.

    Returns:
        The metrics of `mask_metrics`, `lesion_sensitivity` (share of the observer's lesions that were found, NaN where
        there are none) and `false_positives` (a number of lesions).
    """
    drawn, called = truth & counted, predicted & counted
    hits, right = _touched(drawn, called), _touched(called, drawn)
    return mask_metrics(truth, predicted, counted) | {
        "lesion_sensitivity": _mean(hits),
        "false_positives": float(np.count_nonzero(~right)),
    }


def artery_share(arteries: Map, veins: Map) -> Map:
    """Returns the probability of artery over that of artery and vein, float (height, width); 0.5 where both are 0."""
    total = arteries + veins
    return np.asarray(np.divide(arteries, total, out=np.full_like(total, 0.5), where=total > 0))


def artery_vein_metrics(
    arteries: Mask, veins: Mask, *, called: Mask, found: Mask, share: Map, counted: Mask
) -> tuple[dict[str, float], PixelCounts]:
    """Scores how arteries are told from veins on the pixels that an observer drew as one of the two.

    The plain metrics are over all of these pixels, as with RITE (Hu et al., MICCAI 2013): a vessel that was not found
    counts by what it would be called. Those that end in `_found` are over the pixels that the segmenter calls vessel,
    as in papers that classify only the vessels they found.

    Args:
        arteries: bool (height, width), the observer's arteries.
        veins: bool (height, width), the observer's veins; pixels that are both do not count.
        called: bool (height, width), where a vessel is, or would be, called an artery.
        found: bool (height, width), what the segmenter calls vessel.
        share: Float (height, width), from `artery_share`.
        counted: bool (height, width), the field of view without crossings and uncertain vessels.

    Returns:
        `accuracy`, `sensitivity` (share of artery pixels called artery), `specificity` (share of vein pixels called
        vein) and `auroc`; `accuracy_found`, `sensitivity_found` and `specificity_found`; and `found` (share of the
        observer's pixels that are called vessel). NaN where undefined. Also the pixels, counted by `share`.
    """
    drawn = (arteries ^ veins) & counted
    truth, counts = arteries[drawn], count_pixels(arteries[drawn], share[drawn])
    metrics = _two_class_metrics(truth, called[drawn]) | {
        "auroc": image_areas(counts)["auroc"],
        "found": _mean(found[drawn]),
    }
    both = drawn & found
    on_found = _two_class_metrics(arteries[both], called[both])
    return metrics | {f"{name}_found": value for name, value in on_found.items()}, counts


def _two_class_metrics(artery: Mask, called: Mask) -> dict[str, float]:
    return {
        "accuracy": _mean(artery == called),
        "sensitivity": _mean(called[artery]),
        "specificity": _mean(~called[~artery]),
    }


def _mean(values: Mask) -> float:
    return float(values.mean()) if values.size else math.nan


def _touched(pieces: Mask, other: Mask) -> Mask:
    """Returns, for each connected piece of a mask, whether it shares a pixel with the other mask."""
    number, numbers = cv2.connectedComponents(pieces.astype(np.uint8), connectivity=8)
    touched = np.zeros(number, np.bool_)
    touched[numbers[pieces & other]] = True
    return touched[1:]
