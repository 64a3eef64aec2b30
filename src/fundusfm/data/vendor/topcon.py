"""Topcon `.fda` and `.fds`: chunks with a name and a length, of which one is the photograph.

After the description of the format by the uocte project, and the readers of oct-converter. `@IMG_FUNDUS` of an `.fda`
holds JPEG 2000 or JPEG, `@IMG_OBS` of an `.fds` holds pixels; blue comes first in both.
"""

import struct
from typing import BinaryIO

from fundusfm.data.eye_names import Eye
from fundusfm.data.vendor.place import Place, read_exactly, size_of, text_of

_HEADER = 15
_MOST_CHUNKS = 10_000
_COMPRESSED, _PIXELS = b"@IMG_FUNDUS", b"@IMG_OBS"
_COMPRESSED_HEAD = struct.Struct("<IIII4sI")  # width, height, bits, slices, format, bytes
_PIXELS_HEAD = struct.Struct("<IIIIBI")
_COLOUR_BITS = 24
_EYES: dict[int, Eye] = {0: "right", 1: "left"}
_CAPTURE = (b"@CAPTURE_INFO_02", b"@CAPTURE_INFO")
_PATIENT = (b"@PATIENT_INFO_02", b"@PATIENT_INFO")
_ID_LENGTH = 32

Chunk = tuple[bytes, int, int]
"""Name, start and length."""


def find(file: BinaryIO) -> list[Place]:
    """Lists the photographs of a file; errors as for `fundusfm.data.vendor.embedded.find_places`."""
    chunks = _chunks(file)
    capture = next((chunk for name in _CAPTURE for chunk in chunks if chunk[0] == name), None)
    owner = next((chunk for name in _PATIENT for chunk in chunks if chunk[0] == name), None)
    eye = _EYES.get(read_exactly(file, capture[1], 1)[0], "") if capture else ""
    patient = text_of(read_exactly(file, owner[1], min(_ID_LENGTH, owner[2]))) if owner else ""
    places = []
    for name, start, length in chunks:
        if name == _COMPRESSED:
            size = _COMPRESSED_HEAD.unpack(read_exactly(file, start, _COMPRESSED_HEAD.size))[-1]
            first = start + _COMPRESSED_HEAD.size
            _check(name, size, length - _COMPRESSED_HEAD.size)
            places.append(Place(first, size, blue_first=True, eye=eye, patient=patient))
        elif name == _PIXELS:
            width, height, bits, *_ = _PIXELS_HEAD.unpack(read_exactly(file, start, _PIXELS_HEAD.size))
            if bits != _COLOUR_BITS:  # the infrared picture of devices without a colour camera
                continue
            size = 3 * width * height
            _check(name, size, length - _PIXELS_HEAD.size)
            head = f"P6 {width} {height} 255\n".encode()
            places.append(Place(start + _PIXELS_HEAD.size, size, head=head, blue_first=True, eye=eye, patient=patient))
    return places


def _chunks(file: BinaryIO) -> list[Chunk]:
    end, place, found = size_of(file), _HEADER, list[Chunk]()
    while place < end:
        name_length = read_exactly(file, place, 1)[0]
        if name_length == 0:
            return found
        name = read_exactly(file, place + 1, name_length)
        (length,) = struct.unpack("<I", read_exactly(file, place + 1 + name_length, 4))
        start = place + 1 + name_length + 4
        if start + length > end:
            raise ValueError(f"it ends within {text_of(name)}")
        if len(found) == _MOST_CHUNKS:
            raise ValueError(f"it claims more than {_MOST_CHUNKS:,} chunks")
        found.append((name, start, length))
        place = start + length
    return found


def _check(name: bytes, size: int, there: int) -> None:
    if not 0 < size <= there:
        raise ValueError(f"{text_of(name)} claims {size:,} bytes and has {max(there, 0):,}")
