"""What is read from the header: eye, identifiers, frames."""

from typing import Any

import numpy as np
import pytest
from tests.dicom_files import PATIENT_ID, dicom_dataset

from fundusfm.data.dicom.header import read_header

_PIXELS = np.zeros((8, 8), np.uint8)


@pytest.mark.parametrize(
    ("attributes", "eye"),
    [
        ({"ImageLaterality": "L"}, "left"),
        ({"ImageLaterality": "R", "Laterality": "L"}, "right"),
        ({"ImageLaterality": None, "Laterality": "L"}, "left"),
        ({"ImageLaterality": "", "Laterality": "R"}, "right"),
        ({"ImageLaterality": "B"}, ""),
        ({"ImageLaterality": None}, ""),
    ],
)
def test_eye(attributes: dict[str, Any], eye: str) -> None:
    assert read_header(dicom_dataset(_PIXELS, **attributes)).eye == eye


def test_identifiers_and_frames() -> None:
    dataset = dicom_dataset(_PIXELS, NumberOfFrames=None)
    header = read_header(dataset)
    assert (header.patient, header.instance) == (PATIENT_ID, dataset.SOPInstanceUID)
    assert (header.study, header.series) == (dataset.StudyInstanceUID, dataset.SeriesInstanceUID)
    assert header.frames == 1
    assert read_header(dicom_dataset(_PIXELS[None], NumberOfFrames=1, PatientID=None)).patient == ""
