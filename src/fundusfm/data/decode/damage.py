"""Signs of damage that decoders do not report themselves."""

import os
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

PILLOW_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's readers raise on damaged content."""

_STDERR = 2
_ONE_AT_A_TIME = threading.Lock()
_HOLE = bytes(4096)
_STRIPS, _TILES = (273, 279), (324, 325)
_PAYLOADS = {
    "WEBP": (b"VP8 ", b"VP8L", b"ANMF"),
    "AVIF": (b"mdat",),
    "HEIF": (b"mdat",),
    "JPEG2000": (b"\xff\x4f\xff\x51",),
}


@contextmanager
def without_messages() -> Iterator[None]:
    """Keeps libtiff from writing to the terminal: its messages name no file, and an error follows that does.

    The library writes to the process's error output itself, past Python, so that is what is put aside meanwhile.
    """
    with _ONE_AT_A_TIME, Path(os.devnull).open("wb") as nowhere:
        try:
            kept = os.dup(_STDERR)
        except OSError:  # a process without error output
            yield
            return
        try:
            os.dup2(nowhere.fileno(), _STDERR)
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)


def missing_data(image: Image.Image, content: bytes) -> str:
    """Tells whether a part of a file that opens was never copied.

    An interrupted copy leaves zeros. Where the data are arithmetic-coded, 4,096 zero bytes in a row do not occur
    otherwise, and the decoders of these formats draw something in their place. The strips or tiles of a TIFF must lie
    within the file.

    Args:
        image: Opened by Pillow, at the page to decode.
        content: The whole file.

    Returns:
        What is wrong; empty where nothing is.
    """
    tags = getattr(image, "tag_v2", None)
    if image.format == "TIFF" and tags is not None:
        return _missing_strips(tags, len(content))
    starts = [start for mark in _PAYLOADS.get(image.format or "", ()) if (start := content.find(mark)) >= 0]
    if starts and content.find(_HOLE, min(starts)) >= 0:
        return "a part of its data is only zeros"
    return ""


def _missing_strips(tags: "dict[int, object]", length: int) -> str:
    for offsets_tag, counts_tag in (_STRIPS, _TILES):
        offsets, counts = tags.get(offsets_tag), tags.get(counts_tag)
        if not (isinstance(offsets, tuple) and isinstance(counts, tuple)):
            continue
        gone = sum(count == 0 or offset + count > length for offset, count in zip(offsets, counts, strict=False))
        if gone or len(counts) < len(offsets):
            return f"{max(gone, len(offsets) - len(counts))} of its {len(offsets)} strips or tiles are missing"
    return ""
