"""The PDF of a study: in its patient's study, about its images, and the same UID every time."""

from datetime import UTC, datetime

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import PATIENT_ID, dicom_dataset
from tests.screening.documents.test_pdf import text_of
from tests.structures.drawn import segmenter_of_shapes

from fundusfm.screening.dicom.instance import screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.source import source_header
from fundusfm.screening.dicom.study_report import encapsulated_pdf, pdf_uid, person_of_study

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def study(photo: np.ndarray) -> list[Dataset]:
    """A right and a left eye of one study."""
    right = dicom_dataset(photo, entropy="r", ImageLaterality="R")
    left = dicom_dataset(photo[:, ::-1], entropy="l", ImageLaterality="L")
    left.StudyInstanceUID = right.StudyInstanceUID
    return [right, left]


def test_a_study_has_one_pdf_of_both_eyes(study: list[Dataset], weights: str) -> None:
    screener = ReportScreener(weights)
    rows = [screen_instance(image, f"IM{number}", screener, label=None, overlays=False).rows
            for number, image in enumerate(study)]  # fmt: skip
    person = person_of_study(list(zip(study, rows, strict=True)), screener, now=NOW)
    headers = [source_header(image, "IM") for image in study]
    made = encapsulated_pdf(headers, person, screener.identity)
    assert (made.StudyInstanceUID, made.PatientID, made.Modality) == (study[0].StudyInstanceUID, PATIENT_ID, "DOC")
    uids = [str(image.SOPInstanceUID) for image in study]
    assert [str(item.ReferencedSOPInstanceUID) for item in made.SourceInstanceSequence] == uids
    assert made.SOPInstanceUID == pdf_uid(study[0].StudyInstanceUID, uids[::-1], screener.identity)
    content = made.EncapsulatedDocument[: made.EncapsulatedDocumentLength]
    assert len(made.EncapsulatedDocument) % 2 == 0
    said = text_of(content)
    assert "Ottoline Quillfeather" in said and PATIENT_ID in said and "IM0" in said and "IM1" in said
    assert made.ContentDate == "20260304"
    assert encapsulated_pdf(headers, person, screener.identity) == made


def test_structures_are_in_the_report(study: list[Dataset], weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter_of_shapes())
    screener = ReportScreener(weights, structures="drawn")
    rows = screen_instance(study[0], "IM0", screener, label=None, overlays=False).rows
    (found,) = person_of_study([(study[0], rows)], screener, now=NOW).photographs
    assert found.structures is not None and found.structures.picture is not None
    assert found.structures.lesions["haemorrhages"] == 2
