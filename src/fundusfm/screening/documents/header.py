"""Facts about the person, and about the place in the archive, from the header of a DICOM photograph."""

from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import is_dicom
from fundusfm.data.dicom.header import header_text, read_header
from fundusfm.data.dicom.peek import peek
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.documents.results import ImageReference, PatientFacts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_OPHTHALMIC = "OP"
_ATTRIBUTES = (
    "IssuerOfPatientID",
    "PatientName",
    "PatientSex",
    "PatientBirthDate",
    "AcquisitionDate",
    "StudyDate",
    "AccessionNumber",
    "Modality",
)


def header_of(photograph: Photograph) -> "Dataset | None":
    """Returns the header of a DICOM photograph; None for any other file."""
    if photograph.dataset is not None or not is_dicom(photograph.content):
        return photograph.dataset
    return peek(BytesIO(photograph.content), also=_ATTRIBUTES)


def patient_of(header: "Dataset") -> PatientFacts:
    """Returns who a header names; what is missing or unreadable is empty."""
    sex = header_text(header, "PatientSex")
    return PatientFacts(
        identifier=header_text(header, "PatientID"),
        issuer=header_text(header, "IssuerOfPatientID"),
        name=name_in_words(header_text(header, "PatientName")),
        born=_day(header_text(header, "PatientBirthDate")),
        sex=sex if sex in ("M", "F", "O") else "",
        photographed=_day(header_text(header, "AcquisitionDate") or header_text(header, "StudyDate")),
        accession=header_text(header, "AccessionNumber"),
    )


def image_reference(photograph: Photograph) -> ImageReference | None:
    """Returns where a photograph lies in its archive; None for a file that is no DICOM, or names no place."""
    dataset = header_of(photograph)
    if dataset is None:
        return None
    header = read_header(dataset)
    if not all((header.study, header.series, header.instance, header.sop_class)):
        return None
    modality = header_text(dataset, "Modality") or _OPHTHALMIC
    return ImageReference(header.study, header.series, header.instance, header.sop_class, modality, photograph.frame)


def name_in_words(name: str) -> str:
    """Returns a DICOM person name as people write it: `Ms Ada King` for `King^Ada^^Ms` (PS3.5, 6.2.1).

    A name in several scripts (`Yamada^Tarou=山田^太郎`) keeps them all, in brackets after the first.
    """
    groups = [_in_order(group) for group in name.split("=")[:3]]
    known = list(dict.fromkeys(group for group in groups if group))
    return known[0] + (f" ({', '.join(known[1:])})" if len(known) > 1 else "") if known else ""


def _in_order(group: str) -> str:
    family, given, middle, prefix, suffix = (part.strip() for part in (group.split("^") + [""] * 5)[:5])
    ideographic = any("\u2e80" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7af" for sign in group)
    order = (family, given, middle) if ideographic else (prefix, given, middle, family, suffix)
    return " ".join(part for part in order if part)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError:
        return None
