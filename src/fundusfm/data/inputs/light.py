"""Which files may be decoded in the program's own process, because by what they declare they take little.

A small job starts no worker processes, whose start would take longer than the work. A file whose size or whose header
promises more than a camera's photograph has does get a process, with its limits of time and memory.
"""

import warnings
import zipfile
from pathlib import Path
from typing import BinaryIO, cast

from PIL import Image

from fundusfm.data.decode.archive import ZIP_DAMAGE
from fundusfm.data.decode.damage import PILLOW_DAMAGE
from fundusfm.data.decode.image import pillow_formats, split_frame
from fundusfm.data.dicom.dataset import DAMAGE
from fundusfm.data.dicom.peek import peek
from fundusfm.data.inputs.signature import HEAD, image_format
from fundusfm.data.inputs.source import Source

_BYTES = 40_000_000
_PIXELS = 60_000_000
"""Of all pages and frames: the largest fundus cameras write half as many."""


def is_light(path: Path | str) -> bool:
    """Whether a file takes little to decode; true also where there is no such file, which its row says."""
    file = Path(split_frame(str(path))[0])
    try:
        if not file.is_file():
            return True
        with file.open("rb") as opened:
            return file.stat().st_size <= _BYTES and _declares_little(opened)
    except (OSError, ValueError):
        return True


def is_light_source(source: Source) -> bool:
    """Whether a photograph takes little to decode, of a file or of an archive."""
    if not source.member:
        return is_light(source.path)
    try:
        with zipfile.ZipFile(source.path) as archive:
            info = archive.infolist()[source.entry]
            with archive.open(info) as opened:
                return info.file_size <= _BYTES and _declares_little(cast("BinaryIO", opened))
    except ZIP_DAMAGE:
        return True


def _declares_little(file: BinaryIO) -> bool:
    kind = image_format(file.read(HEAD))
    if not kind:  # no image: refused by its first bytes
        return True
    file.seek(0)
    if kind == "DICOM":
        return _dicom_declares_little(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=pillow_formats())
            return image.width * image.height * getattr(image, "n_frames", 1) <= _PIXELS
    except (*PILLOW_DAMAGE, Image.DecompressionBombError):
        return False


def _dicom_declares_little(file: BinaryIO) -> bool:
    dataset = peek(file)
    if dataset is None:  # pydicom is missing, or the header is damaged
        return True
    try:
        frames = int(dataset.get("NumberOfFrames") or 1)
        return int(dataset.get("Rows") or 1) * int(dataset.get("Columns") or 1) * frames <= _PIXELS
    except DAMAGE:
        return False
