"""What the header of a DICOM image says about the photograph: which patient, which study, how many frames.

The eye has a file of its own, `laterality.py`, because frames of one image may show both.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import DAMAGE

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True)
class Header:
    """The columns that a DICOM file fills by itself.

    Attributes:
        patient: Patient ID, empty where there is none.
        study: Study Instance UID.
        series: Series Instance UID.
        instance: SOP Instance UID.
        sop_class: SOP Class UID.
        frames: Number of frames, at least 1.
    """

    patient: str
    study: str
    series: str
    instance: str
    sop_class: str
    frames: int


def read_header(dataset: "Dataset") -> Header:
    """Reads the columns; attributes that are missing or unreadable are empty."""
    frames = header_text(dataset, "NumberOfFrames")
    return Header(
        patient=header_text(dataset, "PatientID"),
        study=header_text(dataset, "StudyInstanceUID"),
        series=header_text(dataset, "SeriesInstanceUID"),
        instance=header_text(dataset, "SOPInstanceUID"),
        sop_class=header_text(dataset, "SOPClassUID"),
        frames=max(1, int(frames)) if frames.isdecimal() else 1,
    )


def header_text(dataset: "Dataset", keyword: str) -> str:
    """Returns an attribute as text, without spaces around it; empty where it is missing or unreadable."""
    try:
        value = dataset.get(keyword)
    except DAMAGE:
        return ""
    return "" if value is None else str(value).strip()
