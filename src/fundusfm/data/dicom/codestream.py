"""The size that a compressed frame itself claims, which decides how much memory its decoder takes."""

import struct

_JPEG = b"\xff\xd8"
_SIZ = b"\xff\x4f\xff\x51"
_BOXED_JPEG_2000 = b"\x00\x00\x00\x0cjP  "
# Start-of-frame markers (ISO 10918-1, table B.1) and that of JPEG-LS (ISO 14495-1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_STANDALONE = frozenset((0x01, *range(0xD0, 0xDA)))


def codestream_size(frame: bytes) -> tuple[int, int] | None:
    """Reads the header of a JPEG, JPEG-LS or JPEG 2000 codestream.

    Returns:
        Width and height in pixels; None where the header shows none.
    """
    # By how a frame begins: in the middle of other frames the same bytes occur by chance.
    if frame.startswith(_JPEG):
        return _jpeg_size(frame)
    if frame.startswith((_SIZ, _BOXED_JPEG_2000)):
        return _jpeg_2000_size(frame)
    return None


def _jpeg_2000_size(frame: bytes) -> tuple[int, int] | None:
    start = frame.find(_SIZ)
    body = frame[start + 4 : start + 24]
    if start < 0 or len(body) < 20:
        return None
    right, bottom, left, top = struct.unpack(">IIII", body[4:])
    return right - left, bottom - top


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _STANDALONE:
            position += 2
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", frame[position + 5 : position + 9])
            return width, height
        else:
            position += 2 + struct.unpack(">H", frame[position + 2 : position + 4])[0]
    return None
