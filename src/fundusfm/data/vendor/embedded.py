"""Photographs inside the files of OCT devices, found without reading the scans beside them."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from fundusfm.data.dicom.laterality import NO_SIDE, Side
from fundusfm.data.eye_names import eye_of_name
from fundusfm.data.vendor import heidelberg, topcon
from fundusfm.data.vendor.place import Place
from fundusfm.errors import DecodeError

TOPCON, HEIDELBERG = "Topcon", "Heidelberg"
_FIND: dict[str, Callable[[BinaryIO], list[Place]]] = {TOPCON: topcon.find, HEIDELBERG: heidelberg.find}
VENDORS = frozenset(_FIND)
"""What `fundusfm.data.inputs.signature.image_format` calls these files."""


@dataclass(frozen=True)
class Embedded:
    """One photograph of a vendor's file.

    Attributes:
        content: An image file.
        blue_first: Whether its channels are blue, green, red.
    """

    content: bytes
    blue_first: bool


def find_places(file: BinaryIO, kind: str) -> list[Place]:
    """Lists the photographs of a file, from its directory alone; empty where it holds scans only.

    Args:
        file: Open for reading and seekable.
        kind: One of `VENDORS`.

    Raises:
        ValueError: The file is truncated or damaged.
    """
    return _FIND[kind](file)


def embedded(content: bytes, kind: str, name: str, frame: int) -> Embedded:
    """Takes one photograph out of a file.

    Args:
        content: The whole file.
        kind: One of `VENDORS`.
        name: What to call it in messages.
        frame: Number of the photograph, from 1.

    Raises:
        DecodeError: The file is damaged, holds no photograph, or none of this number.
    """
    try:
        places = find_places(BytesIO(content), kind)
    except ValueError as error:
        raise DecodeError(
            f"{name} ({kind}) is truncated or damaged: {error}. Export it again.", code="DAMAGED"
        ) from None
    if not places:
        raise DecodeError(
            f"{name} ({kind}) holds scans, but no photograph of the fundus: export the photograph from the device.",
            code="FORMAT",
        )
    if frame > len(places):
        raise DecodeError(f"{name} holds {len(places)} photograph(s); there is no number {frame}.", code="NUMBER")
    place = places[frame - 1]
    return Embedded(place.head + content[place.start : place.start + place.length], place.blue_first)


def sides(places: list[Place], name: str) -> tuple[Side, ...]:
    """Returns the eye of each photograph.

    Args:
        places: The photographs of one file.
        name: The file's name, which may contradict the eye where they all show one; empty where there is none.
    """
    found = tuple(Side(place.eye, place.doubt) for place in places)
    named = eye_of_name(name) if name else ""
    if named and len({side.eye for side in found}) == 1 and found[0].eye not in ("", named):
        doubt = f"the file says {found[0].eye}, its name says {named}; no eye is taken"
        return (Side("", doubt),) * len(found)
    return found or (NO_SIDE,)
