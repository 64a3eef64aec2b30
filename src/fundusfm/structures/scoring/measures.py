"""What is measured of segmented vessels: density, calibre, fractal dimension, tortuosity, whole and per quadrant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.errors import MaskError
from fundusfm.structures.scoring.fractal import fractal_dimension
from fundusfm.structures.scoring.segments import Segment, segments
from fundusfm.structures.scoring.skeleton import centreline

Mask = npt.NDArray[np.bool_]

WHOLE = "all"
_SHORTEST = 1 / 40
"""Segments shorter than this share of the FOV's diameter are left out of tortuosity: they are too short to bend."""


@dataclass(frozen=True)
class Definition:
    """What a measure is.

    Attributes:
        unit: Unit of the value; `1` for plain numbers.
        text: The definition.
        source: Where the definition comes from.
    """

    unit: str
    text: str
    source: str


MEASURES: dict[str, Definition] = {
    "density": Definition(
        "share of FOV area",
        "vessel pixels over pixels of the region's field of view",
        "Zhou et al. (AutoMorph), TVST 11(7):12, 2022",
    ),
    "calibre": Definition(
        "px",
        "mean over the centreline of the diameter of the largest disc inside the vessel: twice the distance to the "
        "nearest pixel outside",
        "Hildebrand and Rueegsegger, J Microsc 185:67, 1997",
    ),
    "calibre_share": Definition(
        "share of FOV diameter",
        "calibre over the diameter of the field of view, which makes cameras comparable",
        "Hildebrand and Rueegsegger, J Microsc 185:67, 1997",
    ),
    "fractal_dimension": Definition(
        "1",
        "box-counting dimension of the centreline, boxes of 1/4 to 1/64 of the FOV's diameter",
        "Liebovitch and Toth, Phys Lett A 141:386, 1989; Mainster, Eye 4:235, 1990",
    ),
    "tortuosity": Definition(
        "1",
        "arc over chord of the segments between branch points and ends, mean weighted by arc; 1 is straight",
        "Lotmar et al., Doc Ophthalmol Proc 20:131, 1979; Hart et al., Int J Med Inform 53:239, 1999",
    ),
}
"""Measure to definition."""


def measure_mask(
    vessels: Mask,
    fov: Mask,
    *,
    diameter: float | None = None,
    disc: tuple[float, float] | None = None,
    eye: str = "",
) -> pd.DataFrame:
    """Measures the vessels of one photograph.

    Args:
        vessels: bool (height, width).
        fov: bool (height, width), the field of view.
        diameter: Diameter of the field of view in pixels; by default taken from the mask's width and height.
        disc: Centre x, y of the optic disc in pixels, where known: it adds the four quadrants around it.
        eye: `left` or `right` names quadrants `superior_temporal` and so on; unknown, they are `upper_left` and so on.

    Returns:
        `region`, `measure`, `value`, `unit`, `source`; a row per region and measure; NaN where a region holds no
        vessel.

    Raises:
        MaskError: The two masks differ in size, or the field of view is empty.
    """
    if vessels.shape != fov.shape:
        raise MaskError(f"The vessel mask {vessels.shape} and the field of view {fov.shape} differ in size")
    if not fov.any():
        raise MaskError("The field of view is empty, so nothing can be measured in it")
    inside = vessels & fov
    line = centreline(inside)
    width = _diameter(fov) if diameter is None else diameter
    whole = _Lines(inside, line, _widths(inside), segments(line), width)
    rows = []
    for region, mask in _regions(fov, disc, eye):
        for measure, value in whole.measures(mask).items():
            definition = MEASURES[measure]
            rows.append((region, measure, value, definition.unit, definition.source))
    return pd.DataFrame(rows, columns=["region", "measure", "value", "unit", "source"])


@dataclass(frozen=True)
class _Lines:
    vessels: Mask
    line: Mask
    widths: npt.NDArray[np.float32]
    pieces: list[Segment]
    diameter: float

    def measures(self, region: Mask) -> Mapping[str, float]:
        line = self.line & region
        calibre = float(self.widths[line].mean()) if line.any() else np.nan
        return {
            "density": float(self.vessels[region].mean()) if region.any() else np.nan,
            "calibre": calibre,
            "calibre_share": calibre / self.diameter,
            "fractal_dimension": fractal_dimension(line, self.diameter),
            "tortuosity": self._tortuosity(region),
        }

    def _tortuosity(self, region: Mask) -> float:
        long = [piece for piece in self.pieces if piece.chord >= _SHORTEST * self.diameter and _lies_in(piece, region)]
        if not long:
            return float("nan")
        arcs = np.array([piece.arc for piece in long])
        return float(np.average(arcs / [piece.chord for piece in long], weights=arcs))


def _widths(vessels: Mask) -> npt.NDArray[np.float32]:
    """Returns the diameter of the largest disc inside the vessel around each pixel, in pixels.

    Measured with every pixel split in four: the middle of an odd and of an even number of pixels then lies between two
    pixels alike. Of drawn lines 1.5 to 12 px wide, at any angle and place, the mean is within 0.8 px, without bias;
    without the split it is up to 1.5 px too wide, and vessel area over skeleton length is too by up to 1.5 px.
    """
    # Padded: the frame's side ends a vessel as the background does.
    doubled = np.repeat(np.repeat(np.pad(vessels, 1).astype(np.uint8), 2, axis=0), 2, axis=1)
    radius = cv2.distanceTransform(doubled, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    height, width = vessels.shape
    whole = radius.reshape(height + 2, 2, width + 2, 2).max(axis=(1, 3))
    return np.asarray(whole[1:-1, 1:-1], dtype=np.float32)  # twice the radius, in pixels half as wide


def _lies_in(piece: Segment, region: Mask) -> bool:
    row, column = piece.middle
    return bool(region[round(row), round(column)])


def _diameter(fov: Mask) -> float:
    rows, columns = np.flatnonzero(fov.any(axis=1)), np.flatnonzero(fov.any(axis=0))
    return float(max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1)


def _regions(fov: Mask, disc: tuple[float, float] | None, eye: str) -> Iterator[tuple[str, Mask]]:
    yield WHOLE, fov
    if disc is None:
        return
    x, y = disc
    down = np.arange(fov.shape[0])[:, None] + 0.5 > y
    across = np.arange(fov.shape[1])[None] + 0.5 > x
    # On a photograph of the right eye the nose is to the right.
    sides = {"right": ("temporal", "nasal"), "left": ("nasal", "temporal")}.get(eye, ("left", "right"))
    heights = ("superior", "inferior") if eye in ("left", "right") else ("upper", "lower")
    for height, lower in zip(heights, (False, True), strict=True):
        for side, right in zip(sides, (False, True), strict=True):
            yield f"{height}_{side}", fov & (down == lower) & (across == right)
