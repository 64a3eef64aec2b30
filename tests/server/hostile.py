"""Uploads that cost a server far more than they cost their sender; made here, small and bounded."""

import struct
import zlib
from functools import cache
from io import BytesIO

from PIL import Image


@cache
def slow_png(side: int) -> bytes:
    """A black PNG of some kilobytes that takes about a second per 20 megapixels to decode.

    Args:
        side: Width and height in pixels.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packer, row = zlib.compressobj(1), b"\x04" + bytes(3 * side)  # Paeth, the slowest of the filters
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def many_scans(side: int, scans: int) -> bytes:
    """A grey progressive JPEG of some kilobytes whose every scan would make a decoder visit all of its blocks.

    Args:
        side: Width and height in pixels, a multiple of 8.
        scans: Number of scans.
    """

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    scan = segment(0xDA, bytes([1, 1, 0, 1, 63, 0x01])) + b"\x55"
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xDB, bytes([0, *[1] * 64])),
            segment(0xC2, struct.pack(">BHHB3B", 8, side, side, 1, 1, 0x11, 0)),
            segment(0xC4, bytes([0x10, 1, *[0] * 15, 0xE0])),
            scan * scans,
            b"\xff\xd9",
        )
    )


def float_tiff(side: int) -> bytes:
    """A TIFF of real-valued pixels, all equal, which compress to nearly nothing and take 20 bytes each to decode."""
    buffer = BytesIO()
    Image.new("F", (side, side), 0.5).save(buffer, "TIFF", compression="tiff_adobe_deflate")
    return buffer.getvalue()
