"""Number and area of lesions: whole, by quadrant, and by distance to the optic disc and the fovea."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.structures.findings import FoundDisc
from fundusfm.structures.measure.regions import DISC_RINGS, FOVEA_RINGS, Places, in_quadrants, in_rings, quadrant_names
from fundusfm.structures.measure.row import NAN, NO_DISC, NO_DISC_SIZE, WHOLE, MeasuredValue, unmeasured

_AMOUNTS = ("count", "area", "area_share", "area_discs", "area_mm2")
_NO_FOVEA = "the fovea is not known"


def measure_lesions(
    lesion: str,
    mask: Mask,
    fov: Mask,
    *,
    disc: FoundDisc | None,
    fovea: tuple[float, float] | None,
    eye: str = "",
    microns_per_pixel: float | None = None,
) -> list[MeasuredValue]:
    """Measures the lesions of one kind.

    Args:
        lesion: Name of the mask.
        mask: bool (height, width).
        fov: bool (height, width), the field of view; lesions outside it do not count.
        disc: The optic disc, where known.
        fovea: x and y in pixels, where known.
        eye: Names the quadrants; see `quadrant_names`.
        microns_per_pixel: Size of a pixel on the retina, where known.
    """
    inside = mask & fov
    _, _, _, centres = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    rows, columns = np.nonzero(inside)
    pixels: Places = np.stack([columns, rows], axis=1).astype(np.float64) + 0.5
    middles: Places = centres[1:].astype(np.float64) + 0.5
    seen = float(fov.sum())
    size = disc.diameter if disc else NAN

    def of(region: str, pieces: NDArray[np.bool_], area: NDArray[np.bool_]) -> Iterator[MeasuredValue]:
        pixels_in = float(area.sum())
        values = (
            float(pieces.sum()),
            pixels_in,
            pixels_in / seen,
            pixels_in / (np.pi / 4 * size**2),
            pixels_in * (microns_per_pixel or NAN) ** 2 / 1e6,
        )
        for measure, value in zip(_AMOUNTS, values, strict=True):
            yield MeasuredValue(lesion, region, measure, value, NO_DISC_SIZE if np.isnan(value) else "")

    found = list(of(WHOLE, np.ones(len(middles), np.bool_), np.ones(len(pixels), np.bool_)))
    if disc is None:
        found += unmeasured(lesion, quadrant_names(eye), _AMOUNTS, NO_DISC)
    else:
        both = in_quadrants(middles, disc, eye), in_quadrants(pixels, disc, eye)
        for region in both[0]:
            found += of(region, both[0][region], both[1][region])
    for centre, edge, rings, name, without in (
        ((disc.x, disc.y) if disc else None, 0.5, DISC_RINGS, "nearest_to_disc", NO_DISC),
        (fovea, 0.0, FOVEA_RINGS, "nearest_to_fovea", _NO_FOVEA),
    ):
        if centre is None or np.isnan(size):
            reason = without if centre is None else NO_DISC_SIZE
            found += unmeasured(lesion, rings, _AMOUNTS, reason)
            found.append(MeasuredValue(lesion, WHOLE, name, NAN, reason))
            continue
        parts = [in_rings(_distances(places, centre, size) - edge, rings) for places in (middles, pixels)]
        for region in rings:
            found += of(region, parts[0][region], parts[1][region])
        nearest = max(float(_distances(pixels, centre, size).min()) - edge, 0.0) if len(pixels) else NAN
        found.append(MeasuredValue(lesion, WHOLE, name, nearest, "" if len(pixels) else "there is no such lesion"))
    return found if microns_per_pixel else [row for row in found if row.measure != "area_mm2"]


def _distances(places: Places, centre: Sequence[float], unit: float) -> NDArray[np.float64]:
    return np.asarray(np.hypot(places[:, 0] - centre[0], places[:, 1] - centre[1]) / unit)
