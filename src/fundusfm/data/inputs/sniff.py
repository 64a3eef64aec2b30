"""What a file says about itself before it is read whole: what it is, how many photographs it holds, and whose eye."""

import warnings
from dataclasses import dataclass, field
from typing import BinaryIO

from PIL import Image

from fundusfm.data.decode.damage import PILLOW_DAMAGE
from fundusfm.data.decode.image import pillow_formats
from fundusfm.data.decode.pages import photograph_pages
from fundusfm.data.dicom.frames import MOST_FRAMES
from fundusfm.data.dicom.header import read_header
from fundusfm.data.dicom.laterality import NO_SIDE, Side, sides_of
from fundusfm.data.dicom.peek import peek
from fundusfm.data.inputs.signature import HEAD, image_format
from fundusfm.data.vendor.embedded import VENDORS, find_places, sides

_PAGED = ("TIFF", "GIF", "PNG", "HEIF")
"""Formats that may hold several photographs, and whose headers can be read without the whole file."""

_JPEG_METADATA = frozenset((*range(0xE0, 0xF0), 0xFE))
_MULTI_PICTURE = b"MPF\0"
_MULTI_PICTURE_MARKER = 0xE2


@dataclass(frozen=True)
class Seen:
    """What the beginning of a file says.

    Attributes:
        format: `JPEG`, `PNG`, ..., `DICOM`; empty for what is no image.
        has_image: Whether a file that may hold other things should hold an image; true also where its header cannot be
            read.
        frames: Photographs in it, at least 1.
        columns: `patient` and `visit` (the study), where a header names them.
        sides: The eye of each frame of a DICOM or vendor's file; empty for other files.
    """

    format: str = ""
    has_image: bool = True
    frames: int = 1
    columns: dict[str, str] = field(default_factory=dict)
    sides: tuple[Side, ...] = ()

    def side(self, frame: int) -> Side:
        """Returns the eye of a photograph, by its number in the file, from 1."""
        return self.sides[frame - 1] if frame <= len(self.sides) else NO_SIDE


def sniff(file: BinaryIO, name: str = "") -> Seen:
    """Looks at the beginning of a file: 132 bytes of it, or the headers of its pages.

    Args:
        file: Open for reading and seekable.
        name: The file's name, which may contradict the eye of a header; empty where there is none.
    """
    kind = image_format(head := file.read(HEAD))
    if kind == "DICOM":
        return _sniff_dicom(file, name)
    if kind in VENDORS:
        return _sniff_vendor(file, kind, name)
    if kind in _PAGED or (kind == "JPEG" and _has_several(file)) or _is_film(kind, head):
        return Seen(kind, frames=_count_photographs(file))
    return Seen(kind)


def _sniff_vendor(file: BinaryIO, kind: str, name: str) -> Seen:
    try:
        places = find_places(file, kind)
    except ValueError:  # its row says so
        return Seen(kind)
    patients = {place.patient for place in places if place.patient}
    return Seen(
        kind,
        has_image=bool(places),
        frames=max(1, len(places)),
        columns={"patient": patients.pop()} if len(patients) == 1 else {},
        sides=sides(places, name),
    )


def _sniff_dicom(file: BinaryIO, name: str) -> Seen:
    dataset = peek(file)
    if dataset is None:
        return Seen("DICOM")
    header = read_header(dataset)
    columns = {"patient": header.patient, "visit": header.study}
    # A number that no file has is damage, which decoding reports in one row.
    frames = header.frames if header.frames <= MOST_FRAMES else 1
    return Seen(
        "DICOM",
        has_image=not _is_segmentation(header.sop_class) and ("Rows" in dataset or _is_image(header.sop_class)),
        frames=frames,
        columns={column: value for column, value in columns.items() if value},
        sides=tuple(sides_of(dataset, frames, name)),
    )


def _is_image(sop_class: str) -> bool:
    """Tells images, whose header may be cut short, from reports, documents and indices."""
    from pydicom.uid import UID

    return not sop_class or "Image" in UID(sop_class).name


def _is_segmentation(sop_class: str) -> bool:
    """Tells masks, which are filed beside photographs and have pixels too, from photographs."""
    from pydicom.uid import UID

    return "Segmentation" in UID(sop_class).name


def _count_photographs(file: BinaryIO) -> int:
    """Returns how many photographs a file holds; 1 where its header is damaged, so that its row says what is wrong."""
    try:
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return len(photograph_pages(Image.open(file, formats=pillow_formats())))
    except PILLOW_DAMAGE:
        return 1


def _has_several(file: BinaryIO) -> bool:
    """Whether a JPEG's metadata announce several pictures (CIPA DC-007); they are passed over, not read."""
    place = 2
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[0] != 0xFF or head[1] not in _JPEG_METADATA:
            return False
        if head[1] == _MULTI_PICTURE_MARKER and head[4:8] == _MULTI_PICTURE:
            return True
        place += 2 + int.from_bytes(head[2:4], "big")


def _is_film(kind: str, head: bytes) -> bool:
    if kind == "WEBP":
        return head[12:16] == b"VP8X" and bool(head[20] & 2)
    return kind == "AVIF" and b"avis" in head[8:64]
