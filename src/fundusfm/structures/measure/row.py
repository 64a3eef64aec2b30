"""A measured value with its structure, region, measure, unit and source; or the reason why there is none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

NAN = float("nan")

WHOLE, ZONE_B = "all", "zone_b"
"""Regions: the whole field of view, and the ring around the optic disc."""

NO_DISC, NO_DISC_SIZE = "the optic disc is not known", "the diameter of the optic disc is not known"
"""Reasons for missing values."""


@dataclass(frozen=True)
class Definition:
    """How a measure is defined.

    Attributes:
        unit: Unit of the value; `1` for plain numbers.
        text: The definition.
        source: Publication that the definition is from.
    """

    unit: str
    text: str
    source: str


_HUBBARD = "Hubbard et al., Ophthalmology 106:2269, 1999"
_KNUDTSON = "Knudtson et al., Curr Eye Res 27:143, 2003"
_HILDEBRAND = "Hildebrand and Rueegsegger, J Microsc 185:67, 1997"
_ETDRS = "ETDRS report 10, Ophthalmology 98:786, 1991"
_AUTOMORPH = "Zhou et al. (AutoMorph), TVST 11(7):12, 2022"
_PX, _DD, _UM = "px", "disc diameters", "um"

DEFINITIONS: dict[str, Definition] = {
    "density": Definition("share of FOV area", "vessel pixels over pixels of the region's field of view", _AUTOMORPH),
    "calibre": Definition(
        _PX,
        "mean over the centreline of the diameter of the largest disc inside the vessel: twice the distance to the "
        "nearest pixel outside",
        _HILDEBRAND,
    ),
    "calibre_share": Definition(
        "share of FOV diameter",
        "calibre over the diameter of the field of view, which makes cameras comparable",
        _HILDEBRAND,
    ),
    "calibre_dd": Definition(_DD, "calibre over the diameter of the optic disc", _HILDEBRAND),
    "calibre_um": Definition(_UM, "calibre times the size of a pixel", _HILDEBRAND),
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
    "zone_seen": Definition("share", "share of zone B that the field of view shows", _HUBBARD),
    "vessels_in_zone": Definition("1", "vessels that cross zone B", _HUBBARD),
    "crae": Definition(_PX, "central retinal artery equivalent of the six widest arterioles", _KNUDTSON),
    "crve": Definition(_PX, "central retinal vein equivalent of the six widest venules", _KNUDTSON),
    "crae_dd": Definition(_DD, "crae over the diameter of the optic disc", _KNUDTSON),
    "crve_dd": Definition(_DD, "crve over the diameter of the optic disc", _KNUDTSON),
    "crae_um": Definition(_UM, "crae times the size of a pixel", _KNUDTSON),
    "crve_um": Definition(_UM, "crve times the size of a pixel", _KNUDTSON),
    "avr": Definition("1", "arteriole-to-venule ratio, crae over crve", _KNUDTSON),
    "diameter": Definition(_PX, "diameter of the circle of the disc's area", _HUBBARD),
    "diameter_share": Definition("share of FOV diameter", "diameter over that of the field of view", _HUBBARD),
    "diameter_um": Definition(_UM, "diameter times the size of a pixel", _HUBBARD),
    "count": Definition("1", "connected pieces whose middle lies in the region; corners connect", _ETDRS),
    "area": Definition("px", "pixels in the region", _ETDRS),
    "area_share": Definition("share of FOV area", "area over that of the whole field of view", _ETDRS),
    "area_discs": Definition("disc areas", "area over that of the optic disc", _ETDRS),
    "area_mm2": Definition("mm2", "area times that of a pixel", _ETDRS),
    "nearest_to_disc": Definition(_DD, "from the disc's edge to the nearest pixel", _ETDRS),
    "nearest_to_fovea": Definition(_DD, "from the fovea to the nearest pixel", _ETDRS),
}
"""Measure to definition. The diameter of the disc is the unit of distances on a retina of unknown scale."""


@dataclass(frozen=True)
class MeasuredValue:
    """One value.

    Attributes:
        structure: Name of the mask, or `artery_vein` for a measure that needs both.
        region: `all`, a quadrant, `zone_b`, or a ring such as `within_1_dd_of_fovea`.
        measure: Key of `DEFINITIONS`.
        value: NaN where it could not be measured.
        reason: Why there is no value; empty where there is one.
        unit: From the definition.
        source: From the definition.
    """

    structure: str
    region: str
    measure: str
    value: float
    reason: str = ""
    unit: str = field(init=False)
    source: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", DEFINITIONS[self.measure].unit)
        object.__setattr__(self, "source", DEFINITIONS[self.measure].source)


def unmeasured(structure: str, regions: Iterable[str], measures: Iterable[str], reason: str) -> Iterator[MeasuredValue]:
    """Yields a row without a value for each region and measure."""
    names = list(measures)
    return (MeasuredValue(structure, region, measure, NAN, reason) for region in regions for measure in names)
