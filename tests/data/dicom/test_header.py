"""What is read from the header: identifiers, frames."""

import numpy as np
from tests.dicom_files import PATIENT_ID, dicom_dataset

from fundusfm.data.dicom.header import read_header

_PIXELS = np.zeros((8, 8), np.uint8)


def test_identifiers_and_frames() -> None:
    dataset = dicom_dataset(_PIXELS, NumberOfFrames=None)
    header = read_header(dataset)
    assert (header.patient, header.instance) == (PATIENT_ID, dataset.SOPInstanceUID)
    assert (header.study, header.series) == (dataset.StudyInstanceUID, dataset.SeriesInstanceUID)
    assert header.frames == 1
    assert read_header(dicom_dataset(_PIXELS[None], NumberOfFrames=1, PatientID=None)).patient == ""
