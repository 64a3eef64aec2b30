"""Uploads that cost a server far more than they cost their sender; made here, small and bounded."""

import struct
from io import BytesIO

from PIL import Image

_RUN = 32_767  # blocks that one end-of-band symbol may skip


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def many_scans(side: int, scans: int) -> bytes:
    """A grey progressive JPEG of some kilobytes whose every scan makes the decoder visit all of its blocks.

    Args:
        side: Pixels, a multiple of 8.
        scans: Number of scans.
    """
    blocks = (side // 8) ** 2
    table = bytes([1, *[0] * 15, 0xE0])  # one code of one bit: EOB14, a run of 16384 blocks and 14 more bits
    bits = ""
    while blocks >= 16_384:
        run = min(_RUN, blocks)
        bits += f"0{run - 16_384:014b}"
        blocks -= run
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    scan = _segment(0xDA, bytes([1, 1, 0, 1, 63, 0x01])) + data
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xDB, bytes([0, *[1] * 64])),
            _segment(0xC2, struct.pack(">BHHB3B", 8, side, side, 1, 1, 0x11, 0)),
            _segment(0xC4, b"\x10" + table),
            scan * scans,
            b"\xff\xd9",
        )
    )


def float_tiff(side: int) -> bytes:
    """A TIFF of real-valued pixels, all equal, which compress to nearly nothing and take 20 bytes each to decode."""
    buffer = BytesIO()
    Image.new("F", (side, side), 0.5).save(buffer, "TIFF", compression="tiff_adobe_deflate")
    return buffer.getvalue()
