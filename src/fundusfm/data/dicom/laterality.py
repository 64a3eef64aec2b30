"""Whose eye each frame of a DICOM image shows, from every place that says so.

The place nearest to the frame decides: Frame Laterality in the functional groups (PS3.3 C.7.6.16.2.8), Image
Laterality, the modifier of the anatomic region, then Laterality of the series. Places that contradict each other decide
nothing: a photograph under the wrong eye is worse than one under none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import DAMAGE
from fundusfm.data.dicom.header import header_text
from fundusfm.data.eye_names import Eye, eye_of_name

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_BOTH = "both"
_LETTERS = {"L": "left", "R": "right", "B": _BOTH}
# CID 244: SNOMED CT, and the SNOMED-RT codes that older cameras write.
_MODIFIERS = {
    "7771000": "left",
    "24028007": "right",
    "51440002": _BOTH,
    "G-A101": "left",
    "G-A100": "right",
    "G-A102": _BOTH,
}
_FRAME, _IMAGE, _REGION, _SERIES, _NAME = (
    "Frame Laterality", "Image Laterality", "the anatomic region", "Laterality of the series", "the file's name",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """The eye of one frame.

    Attributes:
        eye: `left` or `right`; empty where no place names one eye, or where places contradict each other.
        doubt: The contradiction in words; empty where there is none.
    """

    eye: Eye = ""
    doubt: str = ""

    def against(self, stated: str) -> str:
        """Returns what contradicts what, in words; empty where nothing does.

        Args:
            stated: The eye that a table states, which is taken before any header; empty where it states none.
        """
        if not stated:
            return self.doubt
        if not self.eye or self.eye == stated:
            return ""
        return f"the table says {stated}, which is taken, and the header {self.eye}"


NO_SIDE = Side()
"""Of what says nothing about the eye."""


def sides_of(dataset: "Dataset", frames: int, name: str = "") -> list[Side]:
    """Returns the eye of each frame.

    Args:
        dataset: DICOM dataset or header.
        frames: How many frames it has.
        name: The file's name, which may contradict the header and never replaces it; empty where there is none.
    """
    common = [*_of_header(dataset), *_of_groups(_items(dataset, "SharedFunctionalGroupsSequence")[:1])]
    single = _items(dataset, "PerFrameFunctionalGroupsSequence")
    said = [_nearest_first([*common, *_of_groups(single[frame : frame + 1])]) for frame in range(frames)]
    sides = [_side(places) for places in said]
    if len({side.eye for side in sides}) == 1 and (named := eye_of_name(name)):
        # A name cannot speak for frames of both eyes.
        sides = [_side({**places, _NAME: named}) if places else NO_SIDE for places in said]
    return sides


def _side(places: dict[str, str]) -> Side:
    eyes = {eye for eye in places.values() if eye != _BOTH}
    if len(eyes) > 1:
        said = ", ".join(f"{place} says {eye}" for place, eye in places.items())
        return Side("", f"{said}; no eye is taken")
    first = next(iter(places.values()), "")
    return Side("left" if first == "left" else "right" if first == "right" else "")


def _nearest_first(statements: list[tuple[str, str]]) -> dict[str, str]:
    """Returns what each place says, the place nearest to the frame first; of two alike, the later one overrules."""
    said = dict(statements)
    return {place: said[place] for place in (_FRAME, _IMAGE, _REGION, _SERIES) if place in said}


def _of_header(dataset: "Dataset") -> Iterator[tuple[str, str]]:
    for place, keyword in ((_IMAGE, "ImageLaterality"), (_SERIES, "Laterality")):
        yield from _letter(place, dataset, keyword)
    yield from _of_region(dataset)


def _of_groups(groups: list["Dataset"]) -> Iterator[tuple[str, str]]:
    for group in groups:
        for anatomy in _items(group, "FrameAnatomySequence")[:1]:
            yield from _letter(_FRAME, anatomy, "FrameLaterality")
            yield from _of_region(anatomy)


def _letter(place: str, dataset: "Dataset", keyword: str) -> Iterator[tuple[str, str]]:
    eye = _LETTERS.get(header_text(dataset, keyword).upper())
    if eye is not None:
        yield place, eye


def _of_region(dataset: "Dataset") -> Iterator[tuple[str, str]]:
    modifiers = [
        _MODIFIERS.get(header_text(modifier, "CodeValue"))
        for region in _items(dataset, "AnatomicRegionSequence")
        for modifier in _items(region, "AnatomicRegionModifierSequence")
    ]
    eyes = {eye for eye in modifiers if eye is not None}
    if eyes:
        yield _REGION, eyes.pop() if len(eyes) == 1 else _BOTH


def _items(dataset: "Dataset", keyword: str) -> list["Dataset"]:
    """Returns the items of a sequence; none where it is missing or unreadable."""
    try:
        return list(dataset.get(keyword) or [])
    except DAMAGE:
        return []
