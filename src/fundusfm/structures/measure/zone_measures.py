"""Arteries and veins measured in zone B: equivalents, and their ratio."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import ARTERIES, ARTERY_VEIN, DISC, VEINS
from fundusfm.structures.findings import FoundDisc, disc_of
from fundusfm.structures.measure.equivalents import ARTERIOLES, NEEDED, VENULES, equivalent
from fundusfm.structures.measure.row import NAN, NO_DISC, NO_DISC_SIZE, ZONE_B, MeasuredValue, unmeasured
from fundusfm.structures.measure.zone import ZoneVessel, vessels_in_zone, zone_seen

_LEAST_SEEN = 0.75
"""Share of zone B that must lie in the field of view: with less, some of the six widest vessels may be out of sight."""

_FORMULAS = {ARTERIES: ("crae", ARTERIOLES), VEINS: ("crve", VENULES)}


@dataclass(frozen=True)
class ZoneB:
    """What was measured in zone B.

    Attributes:
        disc: The optic disc, or None.
        vessels: By mask, the vessels that cross the zone, the widest first; empty where the zone is not known.
        rows: The measured values.
    """

    disc: FoundDisc | None
    vessels: dict[str, list[ZoneVessel]]
    rows: list[MeasuredValue]


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
    unknown = disc_doubt if disc is None and disc_doubt else _why_unknown(disc, whole)
    seen = NAN
    vessels: dict[str, list[ZoneVessel]] = {name: [] for name in known}
    if disc is not None and not unknown:
        seen = zone_seen(disc, fov)
        vessels = {name: vessels_in_zone(masks[name] & fov, disc) for name in known}
    rows = [MeasuredValue(ARTERY_VEIN, ZONE_B, "zone_seen", seen, unknown)]
    reason = unknown
    if seen < _LEAST_SEEN:
        reason = f"the field of view shows {seen:.0%} of zone B, {_LEAST_SEEN:.0%} needed"
    equivalents, missing = {}, reason
    for name in known:
        count = len(vessels[name])
        rows.append(MeasuredValue(name, ZONE_B, "vessels_in_zone", NAN if unknown else float(count), unknown))
        why = reason or (f"{count} {name} cross zone B, {NEEDED} needed" if count < NEEDED else "")
        measure, coefficient = _FORMULAS[name]
        widest = [vessel.calibre for vessel in vessels[name][:NEEDED]]
        equivalents[name] = NAN if why else equivalent(widest, coefficient)
        rows += _in_units(name, measure, equivalents[name], why, disc.diameter if disc else NAN, microns_per_pixel)
        missing = missing or why
    if len(known) == len(_FORMULAS):
        ratio = NAN if missing else equivalents[ARTERIES] / equivalents[VEINS]
        rows.append(MeasuredValue(ARTERY_VEIN, ZONE_B, "avr", ratio, missing))
    else:
        rows += unmeasured(ARTERY_VEIN, [ZONE_B], ["avr"], f"only {known[0]} are known")
    return ZoneB(disc, vessels, rows)


def _why_unknown(disc: FoundDisc | None, whole: bool) -> str:
    """Returns why it is not known where zone B is; empty where it is."""
    if disc is None:
        return NO_DISC
    if np.isnan(disc.diameter):
        return NO_DISC_SIZE
    return "" if whole else "the optic disc is cut by the edge of the field of view, so its diameter is not known"


def _in_units(
    structure: str, measure: str, value: float, reason: str, diameter: float, microns_per_pixel: float | None
) -> Iterator[MeasuredValue]:
    yield MeasuredValue(structure, ZONE_B, measure, value, reason)
    yield MeasuredValue(structure, ZONE_B, f"{measure}_dd", value / diameter, reason)
    if microns_per_pixel:
        yield MeasuredValue(structure, ZONE_B, f"{measure}_um", value * microns_per_pixel, reason)


def _largest_disc(mask: Mask, fov: Mask) -> tuple[FoundDisc | None, bool]:
    """Returns the disc (the largest piece, if there are several), and whether all of it is in the field of view."""
    if not mask.any():
        return None, False
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    piece = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    around = cv2.dilate(np.pad(piece, 1).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return disc_of(piece), not bool((around & ~np.pad(fov, 1)).any())
