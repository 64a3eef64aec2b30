"""How much of an activation map lies on lesions, beside what chance would give.

Two measures: the share of a map's heat that lies on lesions, divided by the share of the field of view that they take;
and the pointing game (Zhang et al., International Journal of Computer Vision 126:1084, 2018), which asks whether the
hottest place is on a lesion. Maps of networks that know nothing of the task say what such numbers are worth (Adebayo et
al., Sanity Checks for Saliency Maps, NeurIPS 2018).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.evaluation.intervals import ConfidenceInterval, interval, patient_weights
from fundusfm.models.segmentation.arrays import Mask

GRID = 512
"""Side of the crop in which maps and lesions meet, whatever size the networks take, in pixels."""


@dataclass(frozen=True)
class HeatOnLesions:
    """One map of one photograph.

    Attributes:
        heat: Share of the heat in the field of view that lies on lesions, 0..1.
        area: Share of the field of view that lies on lesions, 0..1: what heat spread evenly would give.
        peak: Whether the hottest place lies on a lesion.
    """

    heat: float
    area: float
    peak: bool


def lesions_on_grid(lesions: Mask, crop: Crop, tolerance: float) -> Mask:
    """Takes lesions to the grid, where a microaneurysm may be less than a pixel, and adds what is near them.

    Args:
        lesions: bool (height, width), in original pixels.
        crop: The square around the field of view.
        tolerance: How far from a lesion still counts as on it, as a share of the field of view's diameter.

    Returns:
        bool (GRID, GRID).
    """
    # Averaging leaves a grey of whatever a lesion touches, however small it is.
    return near(Crop(crop.fov, GRID).apply(lesions.astype(np.uint8) * 255) > 0, tolerance)


def near(lesions: Mask, tolerance: float) -> Mask:
    """Returns the pixels of a square crop whose distance to a lesion is at most `tolerance` of the crop's side."""
    if not lesions.any():
        return lesions
    distance = cv2.distanceTransform((~lesions).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= tolerance * lesions.shape[0])


def heat_on_lesions(heat: NDArray[np.float32], lesions: Mask, inside: Mask) -> HeatOnLesions | None:
    """Measures one map.

    Args:
        heat: float32 (size, size), the map of the crop; at least 0.
        lesions: bool (GRID, GRID), from `lesions_on_grid`.
        inside: bool (GRID, GRID), the field of view.

    Returns:
        None where the map is empty, or there is no lesion in the field of view.
    """
    placed = np.where(inside, np.maximum(cv2.resize(heat, (GRID, GRID), interpolation=cv2.INTER_LINEAR), 0), 0)
    on = lesions & inside
    total = float(placed.sum())
    if total <= 0 or not on.any():
        return None
    peak = np.unravel_index(int(placed.argmax()), placed.shape)
    return HeatOnLesions(float(placed[on].sum()) / total, float(on.sum() / inside.sum()), bool(on[peak]))


def summarise(rows: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Returns means over photographs with 95 % intervals by the bootstrap over patients.

    Args:
        rows: A row per photograph and map: `map`, `patient`, and `heat`, `area` and `peak` of `HeatOnLesions`.
        seed: Random seed of the bootstrap.

    Returns:
        A row per map in the order of their first rows: `map`, `photographs`, `patients`, the means of `heat` and
        `peak`, `ratio` (mean heat over mean area, 1 by chance), each with `_low` and `_high`, and the mean `area`,
        which is what `heat` and `peak` are by chance.
    """
    found = []
    for name, of_map in rows.groupby("map", sort=False):
        values = of_map[["heat", "area", "peak"]].to_numpy(float)
        patients = int(of_map["patient"].nunique())
        drawn = np.concatenate(
            [
                (weights.T @ values) / weights.sum(0)[:, None]
                for weights in patient_weights(of_map["patient"], seed=seed)
            ]
        )
        heat, area, peak = values.mean(0)
        row = {"map": name, "photographs": len(of_map), "patients": patients, "area": area}
        row |= _cells("heat", interval(heat, drawn[:, 0], patients))
        row |= _cells("ratio", interval(heat / area, drawn[:, 0] / drawn[:, 1], patients))
        row |= _cells("peak", interval(peak, drawn[:, 2], patients))
        found.append(row)
    return pd.DataFrame(found)


def _cells(name: str, value: ConfidenceInterval) -> dict[str, float]:
    return {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}
