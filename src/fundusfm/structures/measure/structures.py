"""All measures of the structures of one photograph."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fundusfm.errors import MaskError
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import ARTERIES, DISC, LESIONS, VEINS, VESSELS
from fundusfm.structures.findings import FoundDisc
from fundusfm.structures.measure.lesions import measure_lesions
from fundusfm.structures.measure.row import NAN, NO_DISC, NO_DISC_SIZE, WHOLE, MeasuredValue
from fundusfm.structures.measure.vessels import diameter_of, measure_vessels
from fundusfm.structures.measure.zone_measures import measure_zone_b


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
    and veins: equivalents and ratio in zone B. Lesions: number and area, whole, by quadrant, and by distance to disc
    and fovea. There are rows only for the given masks; a value that cannot be measured has a reason instead.

    Args:
        masks: bool (height, width) by mask; an empty mask says that the photograph has no such structure.
        fov: bool (height, width), the field of view.
        fov_diameter: Its diameter in pixels; by default taken from its width and height.
        disc: The optic disc, if it is not among the masks; its diameter is NaN if only its place is known.
        fovea: x and y in pixels, where known.
        eye: `left`, `right`, or empty if not known.
        microns_per_pixel: Size of a pixel on the retina, where known.
        disc_doubt: Why the disc is not known where something like one was found: the reason of what depends on it.

    Raises:
        MaskError: Masks and field of view differ in size, or the field of view is empty.
    """
    _check_sizes(masks, fov)
    diameter = diameter_of(fov) if fov_diameter is None else fov_diameter
    zone = measure_zone_b(masks, fov, disc=disc, microns_per_pixel=microns_per_pixel, disc_doubt=disc_doubt)
    rows: list[MeasuredValue] = []
    for name in (VESSELS, ARTERIES, VEINS):
        if name in masks:
            rows += measure_vessels(
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
    return [replace(row, reason=disc_doubt) if row.reason in (NO_DISC, NO_DISC_SIZE) else row for row in rows]


def _disc_rows(disc: FoundDisc | None, fov_diameter: float, microns_per_pixel: float | None) -> Iterator[MeasuredValue]:
    value, reason = (disc.diameter, "") if disc else (NAN, NO_DISC)
    yield MeasuredValue(DISC, WHOLE, "diameter", value, reason)
    yield MeasuredValue(DISC, WHOLE, "diameter_share", value / fov_diameter, reason)
    if microns_per_pixel:
        yield MeasuredValue(DISC, WHOLE, "diameter_um", value * microns_per_pixel, reason)


def _check_sizes(masks: Mapping[str, Mask], fov: Mask) -> None:
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
    """Returns the width and height of a mask as text."""
    return f"{mask.shape[1]} x {mask.shape[0]}"
