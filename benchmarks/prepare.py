"""Row `prepare`: camera-size JPEGs to cropped 512 px JPEGs, on one core, by its processor time."""

import time
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.interleave import interleave
from benchmarks.material import camera_photographs
from benchmarks.table import Row, timed_row
from fundusfm.data.decode.image import decode_bytes
from fundusfm.data.fov.crop import Crop
from fundusfm.data.parallel import settle
from fundusfm.data.store.convert import convert, crop_bytes

SIZE = 512
_THRESHOLD = 10


def usual(path: Path) -> bytes:
    """Decodes in full, crops to what is not black, resizes: what most preparation scripts of the field do."""
    image = Image.open(path).convert("RGB")
    bright = np.asarray(image).max(axis=2) > _THRESHOLD
    down, across = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    cropped = image.crop((across[0], down[0], across[-1] + 1, down[-1] + 1))
    out = BytesIO()
    cropped.resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(out, "JPEG", quality=95)
    return out.getvalue()


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures our conversion beside the usual one, and beside the decoder alone."""
    paths = camera_photographs(folder, count=6)
    contents = [path.read_bytes() for path in paths]
    threads = cv2.getNumThreads()
    settle()
    try:
        whole = interleave(
            lambda: [convert(path, SIZE) for path in paths],
            lambda: [usual(path) for path in paths],
            repeats=repeats,
            clock=time.process_time,
        )
        decoder = interleave(
            lambda: [convert(path, SIZE) for path in paths],
            lambda: [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_4) for data in contents],
            repeats=repeats,
            clock=time.process_time,
        )
    finally:
        cv2.setNumThreads(threads)
    return [
        timed_row("prepare", f"3872x2592 JPEG to {SIZE} px crop, one core", whole, items=len(paths), unit="images/s",
                  target="3.5", beside=f"mean difference to full decoding {_difference(contents):.2f} of 255"),
        timed_row("prepare, decoder", "the same beside the decoder's own 1/4 scaled decoding alone", decoder,
                  items=len(paths), unit="images/s", target="0.7"),
    ]  # fmt: skip


def _difference(contents: list[bytes]) -> float:
    """Mean absolute difference of our crops to crops of the same circle from photographs decoded in full."""
    found = []
    for content in contents:
        crop, _, _, fov = crop_bytes(content, "photograph", SIZE)
        full = Crop(fov, SIZE).apply(decode_bytes(content, name="photograph").image)
        found.append(np.abs(crop.astype(np.int16) - full).mean())
    return float(np.mean(found))
