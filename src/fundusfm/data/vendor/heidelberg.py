"""Heidelberg `.e2e`: a chain of directories, whose entries lead to pictures, patients and eyes.

After the description of the format by the uocte project, and the readers of oct-converter and eyepy. The pictures are
those of the scanning laser ophthalmoscope, grey in almost all files, so most models here refuse them as `not_fundus`.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from fundusfm.data.eye_names import Eye
from fundusfm.data.vendor.place import Place, read_exactly, size_of, text_of

_SEVERAL = b"E2EMultipleVolumeFile"
_SEVERAL_OFFSET = 64
_FILE_HEADER = 36
_DIRECTORY = struct.Struct("<12sI20sIIII")  # magic, version, unknown, entries, current, previous, unknown
_ENTRY = struct.Struct("<IIIIIIIiHHII")  # place, start, size, -, patient, study, series, slice, -, -, type, -
_CHUNK = struct.Struct("<12sIIIIIIIIiHHII")  # ..., patient, study, series, slice, index, -, type, -
_PICTURE = struct.Struct("<IIIII")  # size, type, -, height, width
_BEGINNING, _PATIENT, _EYE, _IMAGE = 3, 9, 11, 1_073_741_824
_WANTED = (_BEGINNING, _PATIENT, _EYE, _IMAGE)
_FUNDUS = 0
_EYE_AT = {_BEGINNING: 4, _EYE: 14}
"""Where the letter of the eye stands in a chunk, by its type."""
_ID_AT, _ID_LENGTH = 102, 25
_LETTERS: dict[bytes, Eye] = {b"R": "right", b"L": "left"}
_MOST_ENTRIES = 500_000

Series = tuple[int, int, int]
"""Patient, study and series, as the device numbers them."""


def find(file: BinaryIO) -> list[Place]:
    """Lists the pictures of a file, the last one of each series, as the device repeats them.

    Errors as for `fundusfm.data.vendor.embedded.find_places`.
    """
    skip = _SEVERAL_OFFSET if read_exactly(file, 0, len(_SEVERAL)) == _SEVERAL else 0
    end = size_of(file)
    pictures: dict[Series, tuple[int, int, int]] = {}
    eyes: dict[Series, set[Eye]] = {}
    patients: dict[int, str] = {}
    for start in _starts(file, skip):
        chunk = _CHUNK.unpack(read_exactly(file, start, _CHUNK.size))
        patient, study, number, _, index, _, kind, _ = chunk[6:]
        series, content = (patient, study, number), start + _CHUNK.size
        if kind in _EYE_AT:
            letter = read_exactly(file, content + _EYE_AT[kind], 1)
            if eye := _LETTERS.get(letter):
                eyes.setdefault(series, set()).add(eye)
        elif kind == _PATIENT:
            patients.setdefault(patient, text_of(read_exactly(file, content + _ID_AT, _ID_LENGTH)))
        elif kind == _IMAGE and index == _FUNDUS:
            *_, height, width = _PICTURE.unpack(read_exactly(file, content, _PICTURE.size))
            first = content + _PICTURE.size
            if first + width * height > end:
                raise ValueError(f"it ends within a picture of {width} x {height} pixels")
            if width * height:
                pictures[series] = (first, width, height)
    return [
        _place(picture, eyes.get(series, set()), patients.get(series[0], "")) for series, picture in pictures.items()
    ]


def _place(picture: tuple[int, int, int], eyes: set[Eye], patient: str) -> Place:
    start, width, height = picture
    head = f"P5 {width} {height} 255\n".encode()
    doubt = "the file says right and left of one picture; no eye is taken" if len(eyes) > 1 else ""
    eye: Eye = next(iter(eyes)) if len(eyes) == 1 else ""
    return Place(start, width * height, head=head, eye=eye, doubt=doubt, patient=patient)


def _starts(file: BinaryIO, skip: int) -> Iterator[int]:
    """Yields where the chunks begin that matter here, in the order of the file."""
    found, seen, entries = set[int](), set[int](), 0
    place = _DIRECTORY.unpack(read_exactly(file, skip + _FILE_HEADER, _DIRECTORY.size))[4]
    while place:
        if place in seen:
            raise ValueError("its directories lead back to each other")
        seen.add(place)
        _, _, _, count, _, before, _ = _DIRECTORY.unpack(read_exactly(file, skip + place, _DIRECTORY.size))
        entries += count
        if entries > _MOST_ENTRIES:
            raise ValueError(f"it claims more than {_MOST_ENTRIES:,} entries")
        listed = read_exactly(file, skip + place + _DIRECTORY.size, count * _ENTRY.size)
        for entry in _ENTRY.iter_unpack(listed):
            own, start, kind = entry[0], entry[1], entry[10]
            if start > own and kind in _WANTED:
                found.add(skip + start)
        place = before
    yield from sorted(found)
