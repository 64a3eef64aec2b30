"""The image that a report is about: what of its header a derived instance repeats."""

from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import DAMAGE
from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_NEEDED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
# Type 2 in the Patient and General Study modules: present, possibly empty.
_PATIENT_AND_STUDY = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
                      "AccessionNumber", "ReferringPhysicianName")
_DESCRIBED = ("SpecificCharacterSet", "ImageLaterality", "Laterality", "Modality", "NumberOfFrames", "Rows", "Columns",
              "StudyDescription", "PatientAge", "IssuerOfPatientID", "PatientOrientation")


def source_header(dataset: "Dataset", name: str) -> "Dataset":
    """Copies from an image what reports and overlays repeat or refer to; pixels and the rest stay behind.

    Raises:
        DecodeError: A UID that files a report into the right study is missing.
    """
    from pydicom.dataset import Dataset

    header = Dataset()
    for keyword in _NEEDED:
        if not dataset.get(keyword):
            raise DecodeError(f"{name} (DICOM) has no {keyword}, so a report could not be filed with it: export it "
                              "from the archive again.")
        setattr(header, keyword, dataset.get(keyword))
    for keyword in (*_PATIENT_AND_STUDY, *_DESCRIBED):
        try:
            value = dataset.get(keyword)
        except DAMAGE:
            value = None
        if value is not None:
            setattr(header, keyword, value)
        elif keyword in _PATIENT_AND_STUDY:
            setattr(header, keyword, "")
    if header.PatientSex not in ("", "M", "F", "O"):
        header.PatientSex = ""
    return header
