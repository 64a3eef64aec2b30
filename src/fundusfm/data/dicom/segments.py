"""Compressed frames without comments: cameras write names and dates into EXIF and comment segments, too."""

import struct
from typing import TYPE_CHECKING

from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.uid import UID

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
# JPEG: application segments but 0 (JFIF), 8 (JPEG-LS colour transform) and 14 (Adobe, colour transform), and comments.
_DROPPED_JPEG = frozenset(range(0xE0, 0xF0)) - {0xE0, 0xE8, 0xEE} | {0xFE}
_DROPPED_JPEG_2000 = frozenset((0x64,))
_START_OF_SCAN, _START_OF_TILE = 0xDA, 0x90


def without_comments(pixel_data: bytes, frames: int, syntax: "UID", name: str) -> bytes:
    """Takes comment and application segments out of every frame's header.

    Args:
        pixel_data: Encapsulated.
        frames: Their number.
        syntax: Transfer syntax.
        name: What to call the file in messages.

    Returns:
        Encapsulated again, a fragment per frame; the compressed pixels are the same bytes.

    Raises:
        DecodeError: A frame is neither RLE nor a bare JPEG, JPEG-LS or JPEG 2000 codestream.
    """
    from pydicom.encaps import encapsulate, generate_frames
    from pydicom.uid import RLELossless

    kept = list(generate_frames(pixel_data, number_of_frames=frames))
    if syntax != RLELossless:
        kept = [_cleaned(frame, name) for frame in kept]
    return encapsulate(kept)


def _cleaned(frame: bytes, name: str) -> bytes:
    begin, dropped = frame[:2], _DROPPED_JPEG
    if begin == _JPEG_2000:
        dropped = _DROPPED_JPEG_2000
    elif begin != _JPEG:
        raise DecodeError(
            f"{name} (DICOM) has compressed frames that are no bare JPEG or JPEG 2000 codestream, so "
            "comments in them cannot be found: convert it to an uncompressed transfer syntax."
        )
    parts, position = [begin], 2
    while position + 4 <= len(frame):
        if frame[position] != 0xFF:
            break
        marker = frame[position + 1]
        if marker in (_START_OF_SCAN, _START_OF_TILE):
            return b"".join((*parts, frame[position:]))
        end = position + 2 + struct.unpack(">H", frame[position + 2 : position + 4])[0]
        if marker not in dropped:
            parts.append(frame[position:end])
        position = end
    raise DecodeError(f"{name} (DICOM) has a compressed frame whose header is damaged: export it again.")
