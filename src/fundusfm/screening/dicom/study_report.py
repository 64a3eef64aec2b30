"""The report on a study for people to read: a PDF, and the DICOM instance that encapsulates it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.dicom.predictions import Identity, ReportScreener
from fundusfm.screening.dicom.structured_report import MANUFACTURER
from fundusfm.screening.dicom.uids import derived_uid
from fundusfm.screening.documents.header import patient_of
from fundusfm.screening.documents.make import Writer
from fundusfm.screening.documents.pdf import person_report
from fundusfm.screening.documents.results import PersonResult

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SERIES_NUMBER = 9003
_TITLE = "Screening report"
_STORAGE = "1.2.840.10008.5.1.4.1.1.104.1"  # Encapsulated PDF Storage (PS3.6)
_COPIED = (
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""What the instance repeats of the study, as far as the images have it."""


def pdf_uid(study_uid: str, instances: Sequence[str], identity: Identity) -> str:
    """Returns the UID of the PDF about some images of a study."""
    return derived_uid("pdf", study_uid, identity, *sorted(instances))


def pdf_series(study_uid: str, identity: Identity) -> str:
    """Returns the UID of the series that holds a model's PDFs of one study."""
    return derived_uid("pdf series", study_uid, identity)


def person_of_study(
    images: Sequence[tuple["Dataset", Sequence[Mapping[str, Any]]]], screener: ReportScreener, *, now: datetime
) -> PersonResult:
    """Returns what documents say of the person whose study it is.

    Args:
        images: The images of one study, pixels included, each with the rows of its frames from `screen_instance`.
        screener: What made the rows.
        now: When they were screened, with its time zone.
    """
    writer = Writer.of(screener.screener, screener.structures)
    photographs = [
        writer.photograph(row, Photograph(str(row["image"]), dataset=dataset, frame=int(row["frame"])), eye=_eye(row))
        for dataset, rows in images
        for row in rows
    ]
    patient = patient_of(images[0][0])
    title = f"Patient {patient.identifier}" if patient.identifier else f"Study {images[0][0].StudyInstanceUID}"
    return PersonResult(title, photographs, writer.model(), now, patient)


def encapsulated_pdf(
    sources: Sequence["Dataset"], person: PersonResult, identity: Identity, pdf: bytes | None = None
) -> "Dataset":
    """Wraps the report on a study as an Encapsulated PDF of its patient (PS3.3, A.45.1).

    Args:
        sources: Headers of the study's images, from `source_header`.
        person: What the report says.
        identity: Who predicted.
        pdf: The report; it is written from `person` by default.
    """
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    content = person_report(person) if pdf is None else pdf
    first, card = sources[0], identity.card
    instance = Dataset()
    for element in first:
        if element.keyword in _COPIED:
            instance.add(element)
    instance.SpecificCharacterSet = "ISO_IR 192"
    instance.SOPClassUID = _STORAGE
    instance.SOPInstanceUID = pdf_uid(
        first.StudyInstanceUID, [str(source.SOPInstanceUID) for source in sources], identity
    )
    instance.StudyInstanceUID = first.StudyInstanceUID
    instance.SeriesInstanceUID = pdf_series(first.StudyInstanceUID, identity)
    instance.SeriesNumber, instance.InstanceNumber = SERIES_NUMBER, 1
    instance.Modality, instance.ConversionType = "DOC", "WSD"
    instance.SeriesDescription = f"{_TITLE}: FundusFM {card.name}"[:64]
    instance.Manufacturer = MANUFACTURER
    instance.ManufacturerModelName = card.name[:64]
    instance.SoftwareVersions = version("fundusfm")[:64]
    instance.DeviceSerialNumber = identity.weights_hash[:64]
    instance.ContentDate = person.screened.strftime("%Y%m%d")
    instance.ContentTime = person.screened.strftime("%H%M%S")
    instance.AcquisitionDateTime = ""
    instance.BurnedInAnnotation = "YES"
    instance.RecognizableVisualFeatures = "NO"
    instance.VerificationFlag = "UNVERIFIED"
    instance.DocumentTitle = _TITLE
    instance.ConceptNameCodeSequence = [_code("18748-4", "LN", "Diagnostic imaging report")]
    instance.SourceInstanceSequence = [_reference(source) for source in sources]
    instance.MIMETypeOfEncapsulatedDocument = "application/pdf"
    instance.EncapsulatedDocumentLength = len(content)
    instance.EncapsulatedDocument = content + b"\0" * (len(content) % 2)
    instance.file_meta = FileMetaDataset()
    instance.file_meta.MediaStorageSOPClassUID = instance.SOPClassUID
    instance.file_meta.MediaStorageSOPInstanceUID = instance.SOPInstanceUID
    instance.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return instance


def _eye(row: Mapping[str, Any]) -> str:
    eye = row.get("eye")
    return eye if eye in ("left", "right") else ""


def _reference(source: "Dataset") -> "Dataset":
    from pydicom.dataset import Dataset

    reference = Dataset()
    reference.ReferencedSOPClassUID = source.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
    return reference


def _code(value: str, scheme: str, meaning: str) -> "Dataset":
    from pydicom.dataset import Dataset

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code
