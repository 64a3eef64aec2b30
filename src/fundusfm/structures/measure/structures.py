"""Everything that is measured of the structures of one photograph."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from fundusfm.errors import MaskError
from fundusfm.models.segmentation.structures import ARTERIES, DISC, LESIONS, VEINS, VESSELS
from fundusfm.structures.findings import FoundDisc, disc_of
from fundusfm.structures.masks import Mask
from fundusfm.structures.measure.equivalents import ARTERIOLES, NEEDED, VENULES, equivalent
from fundusfm.structures.measure.lesions import measure_lesions
from fundusfm.structures.measure.row import NAN, WHOLE, ZONE_B, MeasuredValue, unmeasured
from fundusfm.structures.measure.vessels import NO_DIAMETER, NO_DISC, diameter_of, measure_lines
from fundusfm.structures.measure.zone import ZoneVessel, vessels_in_zone, zone_seen

BOTH = "artery_vein"
"""Structure of a measure that needs arteries and veins."""

_LEAST_SEEN = 0.75
"""Share of zone B that has to lie in the field of view: with less, vessels that would be among the six are missing."""

_FORMULAS = {ARTERIES: ("crae", ARTERIOLES), VEINS: ("crve", VENULES)}


@dataclass(frozen=True)
class ZoneB:
    """Arteries and veins where they are graded.

    Attributes:
        disc: The optic disc, or None.
        vessels: Vessels that cross the zone, the widest first, by mask; empty where the zone is not known.
        rows: What is measured in it.
    """

    disc: FoundDisc | None
    vessels: dict[str, list[ZoneVessel]]
    rows: list[MeasuredValue]


def measure_structures(
    masks: Mapping[str, Mask],
    fov: Mask,
    *,
    fov_diameter: float | None = None,
    disc: FoundDisc | None = None,
    fovea: tuple[float, float] | None = None,
    eye: str = "",
    microns_per_pixel: float | None = None,
    disc_doubt: str = "",
) -> list[MeasuredValue]:
    """Measures the structures of one photograph.

    Vessels, arteries and veins: density, calibre, fractal dimension and tortuosity, whole and by quadrant. Arteries
    and veins: equivalents and ratio in zone B. Lesions: number and area, whole, by quadrant, by distance to disc and
    fovea. A mask that is not there is not measured; what cannot be measured has a row with its reason.

    Args:
        masks: bool (height, width) by mask: all whose structure is known, empty where there is none of it.
        fov: bool (height, width), the field of view.
        fov_diameter: Its diameter in pixels; by default taken from its width and height.
        disc: The optic disc, if it is not among the masks; a diameter of NaN says that only its place is known.
        fovea: x and y in pixels, where known.
        eye: `left`, `right`, or empty if not known.
        microns_per_pixel: Size of a pixel on the retina, where known.
        disc_doubt: Why the disc is not known where something like one was found: the reason of what depends on it.

    Raises:
        MaskError: Masks and field of view differ in size, or the field of view is empty.
    """
    check_sizes(masks, fov)
    diameter = diameter_of(fov) if fov_diameter is None else fov_diameter
    zone = measure_zone_b(masks, fov, disc=disc, microns_per_pixel=microns_per_pixel, disc_doubt=disc_doubt)
    rows: list[MeasuredValue] = []
    for name in (VESSELS, ARTERIES, VEINS):
        if name in masks:
            rows += measure_lines(
                name, masks[name], fov, diameter=diameter, disc=zone.disc, eye=eye, microns_per_pixel=microns_per_pixel
            )
    rows += zone.rows
    if DISC in masks:
        rows += _disc_rows(zone.disc, diameter, microns_per_pixel)
    for name in LESIONS:
        if name in masks:
            rows += measure_lesions(
                name, masks[name], fov, disc=zone.disc, fovea=fovea, eye=eye, microns_per_pixel=microns_per_pixel
            )
    if not disc_doubt:
        return rows
    return [replace(row, reason=disc_doubt) if row.reason in (NO_DISC, NO_DIAMETER) else row for row in rows]


def measure_zone_b(
    masks: Mapping[str, Mask],
    fov: Mask,
    *,
    disc: FoundDisc | None = None,
    microns_per_pixel: float | None = None,
    disc_doubt: str = "",
) -> ZoneB:
    """Measures arteries and veins in zone B; see `measure_structures` for the arguments."""
    whole = True
    if DISC in masks:
        disc, whole = _largest_disc(masks[DISC] & fov, fov)
    known = [name for name in _FORMULAS if name in masks]
    if not known:
        return ZoneB(disc, {}, [])
    seen = NAN
    if disc is None:
        reason = disc_doubt or NO_DISC
    elif np.isnan(disc.diameter):
        reason = NO_DIAMETER
    elif not whole:
        reason = "the optic disc is cut by the edge of the field of view, so its diameter is not known"
    else:
        seen = zone_seen(disc, fov)
        reason = (
            "" if seen >= _LEAST_SEEN else f"the field of view shows {seen:.0%} of zone B, {_LEAST_SEEN:.0%} needed"
        )
    vessels = {
        name: [] if disc is None or np.isnan(seen) else vessels_in_zone(masks[name] & fov, disc) for name in known
    }
    seen_reason = reason if np.isnan(seen) else ""
    rows = [MeasuredValue(BOTH, ZONE_B, "zone_seen", seen, seen_reason)]
    scale = (disc.diameter if disc else NAN), microns_per_pixel
    values, why = {}, reason
    for name in known:
        measure, coefficient = _FORMULAS[name]
        count = len(vessels[name])
        value = float(count) if not np.isnan(seen) else NAN
        rows.append(MeasuredValue(name, ZONE_B, "vessels_in_zone", value, seen_reason))
        short = reason or (f"{count} {name} cross zone B, {NEEDED} needed" if count < NEEDED else "")
        widest = [vessel.calibre for vessel in vessels[name][:NEEDED]]
        values[name] = NAN if short else equivalent(widest, coefficient)
        rows += _in_units(name, measure, values[name], short, *scale)
        why = why or short
    if len(known) == len(_FORMULAS):
        rows.append(MeasuredValue(BOTH, ZONE_B, "avr", NAN if why else values[ARTERIES] / values[VEINS], why))
    else:
        rows += unmeasured(BOTH, [ZONE_B], ["avr"], f"only {known[0]} are known")
    return ZoneB(disc, vessels, rows)


def _in_units(
    structure: str, measure: str, value: float, reason: str, diameter: float, microns_per_pixel: float | None
) -> Iterator[MeasuredValue]:
    yield MeasuredValue(structure, ZONE_B, measure, value, reason)
    yield MeasuredValue(structure, ZONE_B, f"{measure}_dd", value / diameter, reason)
    if microns_per_pixel:
        yield MeasuredValue(structure, ZONE_B, f"{measure}_um", value * microns_per_pixel, reason)


def _largest_disc(mask: Mask, fov: Mask) -> tuple[FoundDisc | None, bool]:
    """Returns the disc, its largest piece where there are several, and whether all of it is seen."""
    if not mask.any():
        return None, False
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    piece = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    around = cv2.dilate(np.pad(piece, 1).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return disc_of(piece), not bool((around & ~np.pad(fov, 1)).any())


def _disc_rows(disc: FoundDisc | None, fov_diameter: float, microns_per_pixel: float | None) -> Iterator[MeasuredValue]:
    value, reason = (disc.diameter, "") if disc else (NAN, NO_DISC)
    yield MeasuredValue(DISC, WHOLE, "diameter", value, reason)
    yield MeasuredValue(DISC, WHOLE, "diameter_share", value / fov_diameter, reason)
    if microns_per_pixel:
        yield MeasuredValue(DISC, WHOLE, "diameter_um", value * microns_per_pixel, reason)


def check_sizes(masks: Mapping[str, Mask], fov: Mask) -> None:
    """Refuses masks that are not of one photograph.

    Raises:
        MaskError: A mask and the field of view differ in size, or the field of view is empty.
    """
    for name, mask in masks.items():
        if mask.shape != fov.shape:
            raise MaskError(
                f"The mask `{name}` has {size_text(mask)} pixels and the field of view {size_text(fov)}; give masks of "
                "one photograph"
            )
    if not fov.any():
        raise MaskError("The field of view is empty, so nothing can be measured in it; correct its mask")


def size_text(mask: Mask) -> str:
    """Returns width x height of a mask."""
    return f"{mask.shape[1]} x {mask.shape[0]}"
