"""What a derived instance repeats of its image, and what it leaves behind."""

import numpy as np
import pytest
from tests.dicom_files import PATIENT_ID, dicom_dataset

from fundusfm.errors import DecodeError
from fundusfm.screening.dicom.source import source_header

_PIXELS = np.zeros((8, 8, 3), np.uint8)


def test_patient_and_study_stay_and_pixels_go() -> None:
    dataset = dicom_dataset(_PIXELS, PatientComments="a comment")
    header = source_header(dataset, "a.dcm")
    assert (header.PatientID, header.StudyInstanceUID) == (PATIENT_ID, dataset.StudyInstanceUID)
    assert "PixelData" not in header and "PatientComments" not in header
    assert header.SpecificCharacterSet == "ISO_IR 192"


def test_values_that_break_their_rules_are_left_out() -> None:
    header = source_header(dicom_dataset(_PIXELS, StudyDate="yesterday", PatientSex="unknown"), "a.dcm")
    assert (header.StudyDate, header.PatientSex) == ("", "")


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"])
def test_without_its_uids_nothing_can_be_filed(keyword: str) -> None:
    dataset = dicom_dataset(_PIXELS)
    delattr(dataset, keyword)
    with pytest.raises(DecodeError, match=f"a.dcm .* has no {keyword}"):
        source_header(dataset, "a.dcm")
