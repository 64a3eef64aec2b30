"""The size that a compressed frame itself claims, which decides how much memory its decoder takes."""

import struct

_SIZ = b"\xff\x4f\xff\x51"
# Start-of-frame markers (ISO 10918-1, table B.1) and that of JPEG-LS (ISO 14495-1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_STANDALONE = frozenset((0x01, *range(0xD0, 0xDA)))


def codestream_size(frame: bytes) -> tuple[int, int] | None:
    """Reads the header of a JPEG, JPEG-LS or JPEG 2000 codestream.

    Returns:
        Width and height in pixels; None where the header shows none.
    """
    start = frame.find(_SIZ)
    if start >= 0:
        body = frame[start + 4:start + 24]
        if len(body) < 20:
            return None
        right, bottom, left, top = struct.unpack(">IIII", body[4:])
        return right - left, bottom - top
    return _jpeg_size(frame)


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _STANDALONE:
            position += 2
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", frame[position + 5:position + 9])
            return width, height
        else:
            position += 2 + struct.unpack(">H", frame[position + 2:position + 4])[0]
    return None
