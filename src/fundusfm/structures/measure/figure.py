"""A picture of what was measured: zone B, its vessels with their calibres, and lesions by quadrant."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import decode
from fundusfm.errors import DecodeError
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import ARTERIES, ARTERY_VEIN, DISC, LESIONS, VEINS, WORDS
from fundusfm.structures.findings import FoundDisc
from fundusfm.structures.layers import COLOURS, drawn_over, layers_of, with_legend
from fundusfm.structures.measure.inputs import PhotographMasks
from fundusfm.structures.measure.row import WHOLE, ZONE_B, MeasuredValue
from fundusfm.structures.measure.zone import radii
from fundusfm.structures.measure.zone_measures import ZoneB, measure_zone_b

_SIDE = 1600
"""Longer side of the picture, in pixels: small masks are enlarged, so that numbers have room beside vessels."""

_LINE = (235, 235, 235)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def measure_figure(photograph: PhotographMasks, rows: Sequence[MeasuredValue]) -> NDArray[np.uint8]:
    """Draws one photograph.

    Args:
        photograph: Its masks; without the photograph's own pixels, or a file that has them, they are drawn on grey.
        rows: What `measure_structures` found in it.

    Returns:
        uint8 (height, width, 3) RGB, with a legend of values below.
    """
    image = photograph.image if photograph.image is not None else _read(photograph)
    scale = _SIDE / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
    masks = {
        name: cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
        for name, mask in photograph.masks.items()
    }
    canvas = np.ascontiguousarray(drawn_over(picture, masks) if masks else picture)
    zone = measure_zone_b(photograph.masks, photograph.fov, disc=photograph.disc)
    if zone.disc is not None:
        _draw_disc(canvas, zone.disc, scale)
    if photograph.fovea is not None:
        cv2.drawMarker(canvas, _point(*photograph.fovea, scale), _LINE, cv2.MARKER_CROSS, 24, 2)
    _draw_vessels(canvas, zone, scale)
    return with_legend(canvas, _legend(rows, photograph.masks, zone))


def _read(photograph: PhotographMasks) -> NDArray[np.uint8]:
    """Returns the photograph where its file is still there and has the size of the masks, else its field in grey."""
    if photograph.path is not None:
        try:
            image = decode(photograph.path).image
        except DecodeError:  # moved since, or inside an archive
            return _grey(photograph)
        if image.shape[:2] == photograph.fov.shape:
            return image
    return _grey(photograph)


def _grey(photograph: PhotographMasks) -> NDArray[np.uint8]:
    return np.repeat(np.where(photograph.fov, 90, 20).astype(np.uint8)[..., None], 3, axis=2)


def _point(x: float, y: float, scale: float) -> tuple[int, int]:
    return round(x * scale), round(y * scale)


def _draw_disc(canvas: NDArray[np.uint8], disc: FoundDisc, scale: float) -> None:
    """Draws the quadrants' borders, and zone B where the disc's diameter is known."""
    centre = _point(disc.x, disc.y, scale)
    cv2.line(canvas, (centre[0], 0), (centre[0], canvas.shape[0]), _LINE, 1)
    cv2.line(canvas, (0, centre[1]), (canvas.shape[1], centre[1]), _LINE, 1)
    if not np.isnan(disc.diameter):
        for radius in radii(disc):
            cv2.circle(canvas, centre, round(radius * scale), _LINE, 2, cv2.LINE_AA)


def _draw_vessels(canvas: NDArray[np.uint8], zone: ZoneB, scale: float) -> None:
    for name, vessels in zone.vessels.items():
        for vessel in vessels:
            places = np.rint((vessel.path[:, ::-1] + 0.5) * scale).astype(np.int32)
            cv2.polylines(canvas, [places], False, (0, 0, 0), 3, cv2.LINE_AA)
            cv2.polylines(canvas, [places], False, (255, 255, 255), 1, cv2.LINE_AA)
            x, y = places[len(places) // 2]
            text = f"{vessel.calibre:.1f}"
            for colour, width in (((0, 0, 0), 5), (COLOURS[name], 2)):
                cv2.putText(canvas, text, (int(x) + 8, int(y) - 6), _FONT, 0.7, colour, width, cv2.LINE_AA)


def _legend(rows: Sequence[MeasuredValue], masks: Mapping[str, Mask], zone: ZoneB) -> dict[str, str]:
    """Returns the text of each mask in the legend, the shown vessels first."""
    at = {(row.structure, row.region, row.measure): row for row in rows}
    said = {name: WORDS[name] for names in layers_of(list(masks)).values() for name in names if name not in LESIONS}
    for name, measure in ((ARTERIES, "crae"), (VEINS, "crve")):
        row = at.get((name, ZONE_B, measure))
        if row is not None:
            found = f"not known ({row.reason})" if row.reason else f"{row.value:.1f} px"
            said[name] = f"{WORDS[name]}, {measure.upper()} {found}"
    if DISC in said and zone.disc is not None:
        said[DISC] += "; between the circles lies zone B"
    for lesion in LESIONS:
        row = at.get((lesion, WHOLE, "count"))
        if row is not None:
            said[lesion] = f"{WORDS[lesion]} {row.value:.0f}"
    ratio = at.get((ARTERY_VEIN, ZONE_B, "avr"))
    if ratio is not None and not ratio.reason:
        said[VEINS] += f", AVR {ratio.value:.2f}"
    return said
