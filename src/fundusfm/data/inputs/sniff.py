"""What a file says about itself before it is read whole: whether it is DICOM, how many frames, and whose eye."""

from dataclasses import dataclass, field
from typing import BinaryIO

from fundusfm.data.dicom.dataset import is_dicom
from fundusfm.data.dicom.frames import MOST_FRAMES
from fundusfm.data.dicom.header import read_header
from fundusfm.data.dicom.peek import peek

_HEAD = 132


@dataclass(frozen=True)
class Seen:
    """What the beginning of a file says.

    Attributes:
        is_dicom: Whether it is a DICOM file.
        has_image: Whether it should hold an image; also where its header cannot be read.
        frames: Photographs in it, at least 1.
        columns: `patient`, `eye` and `visit` (the study), where the header names them.
    """

    is_dicom: bool = False
    has_image: bool = True
    frames: int = 1
    columns: dict[str, str] = field(default_factory=dict)


def look(file: BinaryIO) -> Seen:
    """Looks at a file that is open for reading and seekable; 132 bytes of it, unless it is DICOM."""
    if not is_dicom(file.read(_HEAD)):
        return Seen()
    dataset = peek(file)
    if dataset is None:
        return Seen(is_dicom=True)
    header = read_header(dataset)
    columns = {"patient": header.patient, "eye": header.eye, "visit": header.study}
    # A number that no file has is damage, which decoding reports in one row.
    frames = header.frames if header.frames <= MOST_FRAMES else 1
    return Seen(
        is_dicom=True,
        has_image="Rows" in dataset or _is_image(header.sop_class),
        frames=frames,
        columns={name: value for name, value in columns.items() if value},
    )


def _is_image(sop_class: str) -> bool:
    """Tells images, whose header may be cut short, from reports, documents and indices."""
    from pydicom.uid import UID

    return not sop_class or "Image" in UID(sop_class).name
