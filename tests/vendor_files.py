"""Files of OCT devices, written after the published descriptions of their formats; they are stand-ins, from no device.

No library can write these formats, and files from devices hold people's eyes.
"""

import io
import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def topcon_fda(
    photographs: Sequence[NDArray[np.uint8]], *, eye: int | None = 0, patient: str = "P-17", lossless: bool = True
) -> bytes:
    """Returns an `.fda` with JPEG 2000 photographs, uint8 (h, w, 3) RGB; `eye` 0 is right, 1 left."""
    chunks = [(b"@IMG_JPEG", b"\1" * 5000)]
    for photograph in photographs:
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(photograph[..., ::-1])).save(buffer, "JPEG2000", irreversible=not lossless)
        height, width = photograph.shape[:2]
        code = buffer.getvalue()
        chunks.append((b"@IMG_FUNDUS", struct.pack("<IIII4sI", width, height, 24, 1, b"\2", len(code)) + code))
    return _topcon(b"FDA", [*chunks, *_about(eye, patient)])


def topcon_fds(photograph: NDArray[np.uint8], *, eye: int | None = 1, patient: str = "P-18", bits: int = 24) -> bytes:
    """Returns an `.fds` with the pixels of one photograph."""
    height, width = photograph.shape[:2]
    pixels = np.ascontiguousarray(photograph[..., ::-1]).tobytes()
    head = struct.pack("<IIIIBI", width, height, bits, 1, 0, len(pixels))
    return _topcon(b"FDS", [(b"@IMG_SCAN_03", b"\1" * 5000), (b"@IMG_OBS", head + pixels), *_about(eye, patient)])


def heidelberg(pictures: Sequence[tuple[NDArray[np.uint8], str]], *, patient: str = "P-19", skip: int = 0) -> bytes:
    """Returns an `.e2e` with grey pictures, uint8 (h, w), and the letter of each eye; `skip` 64 is of volumes."""
    chunks = [_chunk(9, 0, 0, b"\0" * 102 + patient.encode().ljust(25, b"\0"))]
    for series, (picture, letter) in enumerate(pictures, start=1):
        height, width = picture.shape
        chunks.append(_chunk(3, series, 0, struct.pack("<I", 0) + letter.encode().ljust(1, b"\0")))
        head = struct.pack("<IIIII", picture.size, 0, 0, height, width)
        chunks.append(_chunk(1_073_741_824, series, 0, head + picture.tobytes()))
        chunks.append(_chunk(1_073_741_824, series, 1, head + bytes(2 * picture.size)))  # a scan
    place, entries = 36 + 52 + 52 + 44 * len(chunks), b""
    body = b""
    for kind, series, _, content in chunks:
        start = place + len(body)
        entries += struct.pack("<IIIIIIIiHHII", 88, start, len(content), 0, 7, 1, series, 0, 0, 0, kind, 0)
        body += content
    directory = struct.pack("<12sI20sIIII", b"MDbDir", 100, b"", len(chunks), 0, 0, 0)
    header = b"CMDb".ljust(12, b"\0") + struct.pack("<I20s", 100, b"")
    main = struct.pack("<12sI20sIIII", b"MDbMDir", 100, b"", 0, 88, 0, 0)
    return (b"E2EMultipleVolumeFile".ljust(skip, b"\0") if skip else b"") + header + main + directory + entries + body


def _chunk(kind: int, series: int, index: int, content: bytes) -> tuple[int, int, int, bytes]:
    head = struct.pack("<12sIIIIIIIIiHHII", b"MDbData", 0, 0, 0, len(content), 0, 7, 1, series, 0, index, 0, kind, 0)
    return kind, series, index, head + content


def _about(eye: int | None, patient: str) -> list[tuple[bytes, bytes]]:
    said = [(b"@PATIENT_INFO_02", patient.encode().ljust(32, b"\0") + b"Secret\0" * 20)]
    return said + ([] if eye is None else [(b"@CAPTURE_INFO_02", bytes([eye]) + b"\0" * 117)])


def _topcon(kind: bytes, chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(bytes([len(name)]) + name + struct.pack("<I", len(data)) + data for name, data in chunks)
    return b"FOCT" + kind + struct.pack("<II", 8, 1) + body + b"\0"
