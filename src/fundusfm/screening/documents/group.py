"""Groups the photographs of a table or folder by person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from fundusfm.data.dicom.person import names_nobody
from fundusfm.data.eye_names import eye_cell, split_eye
from fundusfm.data.inputs.source import Source

BY_NAME = "Together because their names differ only in the eye, or in what follows it."
ALONE = "The file does not say whose photograph it is."

_DICOM = "DICOM"


@dataclass
class PersonGroup:
    """The photographs of one person.

    Attributes:
        title: What to call the person.
        how: How it is known whose photographs they are; empty where a table or header says so.
        patient: Identifier; empty where none is known.
        places: Positions of the photographs.
    """

    title: str
    how: str = ""
    patient: str = ""
    places: list[int] = field(default_factory=list)


def group(sources: Sequence[Source]) -> list[PersonGroup]:
    """Groups photographs by person, in order of the first of each.

    The column `patient` or a DICOM header says who it is; `dataset` keeps patients of several sets apart, and where an
    identifier such as `ANONYMOUS` stands for many people, those of one visit belong together. Else photographs of one
    folder whose names differ only in the eye do, and those of one file. Everything else stands alone.
    """
    found: dict[tuple[str, ...], PersonGroup] = {}
    for place, source in enumerate(sources):
        key, made = _group_of(source)
        found.setdefault(key, made).places.append(place)
    for one in found.values():
        if one.how == BY_NAME and len(one.places) == 1:
            one.how = ""
    return list(found.values())


def eye_of(source: Source) -> str:
    """Returns `left` or `right`; empty where neither table, header nor name says it."""
    eye = eye_cell(source.columns.get("eye", ""))
    if eye in ("left", "right"):
        return eye
    # A header that leaves the eye open may do so because it contradicts itself, which no name settles.
    return "" if source.kind == _DICOM or source.doubt else split_eye(source.member or source.path)[0]


def short_name(source: Source) -> str:
    """Returns what a report calls a photograph: the file's name without its folders, with the frame."""
    # A backslash is a character of a name, except on Windows, and stands before a byte that is not UTF-8.
    return PurePath(source.name).name or source.name


def _group_of(source: Source) -> tuple[tuple[str, ...], PersonGroup]:
    columns = source.columns
    patient, visit = columns.get("patient", ""), columns.get("visit", "")
    if patient and not names_nobody(patient):
        return ("patient", columns.get("dataset", ""), patient), PersonGroup(f"Patient {patient}", patient=patient)
    if visit:
        return ("visit", visit), PersonGroup(f"Study {visit}")
    path = PurePath(source.member or source.path)
    eye, pair = ("", "") if source.kind == _DICOM else split_eye(path.name)
    if eye and not patient:
        folder = str(path.parent)
        return ("name", source.path if source.member else "", folder, pair.casefold()), PersonGroup(
            pair or path.parent.name or short_name(source), BY_NAME
        )
    return ("one", source.path, source.member, str(source.entry)), PersonGroup(short_name(source), ALONE)
