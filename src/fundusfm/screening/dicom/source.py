"""The header of the source image: the attributes that derived instances repeat."""

from typing import TYPE_CHECKING, Any

from fundusfm.data.dicom.dataset import DAMAGE
from fundusfm.data.dicom.header import header_text
from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_NEEDED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
# Type 2 in the Patient and General Study modules: present, possibly empty.
_PATIENT_AND_STUDY = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_DESCRIBED = (
    "ImageLaterality",
    "Laterality",
    "Modality",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "StudyDescription",
    "PatientAge",
    "IssuerOfPatientID",
    "PatientOrientation",
)


def source_header(dataset: "Dataset", name: str) -> "Dataset":
    """Copies from an image what reports and overlays repeat or refer to; pixels and the rest stay behind.

    Raises:
        DecodeError: A UID that files a report into the right study is missing.
    """
    from pydicom.dataset import Dataset

    header = Dataset()
    for keyword in _NEEDED:
        value = header_text(dataset, keyword)
        if not value:
            raise DecodeError(
                f"{name} (DICOM) has no {keyword}, so a report could not be filed with it: export it "
                "from the archive again."
            )
        setattr(header, keyword, value)
    # Text of the image and text of the model, whatever their alphabets, fit into one file in UTF-8.
    header.SpecificCharacterSet = "ISO_IR 192"
    for keyword in (*_PATIENT_AND_STUDY, *_DESCRIBED):
        value = _usable(dataset, keyword)
        if value is not None:
            setattr(header, keyword, value)
        elif keyword in _PATIENT_AND_STUDY:
            setattr(header, keyword, "")
    if header.PatientSex not in ("", "M", "F", "O"):
        header.PatientSex = ""
    return header


def _usable(dataset: "Dataset", keyword: str) -> Any:
    """Returns a value that may be written again; None where it is missing, unreadable, or no date or time."""
    from pydicom import config
    from pydicom.datadict import dictionary_VR
    from pydicom.valuerep import validate_value

    try:
        value = dataset.get(keyword)
        kind = dictionary_VR(keyword)
        if value is not None and kind in ("DA", "TM", "AS"):
            validate_value(kind, str(value), config.RAISE)
    except DAMAGE:
        return None
    return str(value) if kind in ("PN", "LO", "SH") and value is not None else value
