"""From bytes to a dataset, or to a sentence without a value of the header."""

import numpy as np
import pytest
from tests.dicom_files import PATIENT_ID, SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.dicom.dataset import is_dicom, read_dataset
from fundusfm.errors import DecodeError

_CONTENT = dicom_bytes(dicom_dataset(np.zeros((64, 64, 3), np.uint8)))


def test_the_content_tells_what_is_dicom() -> None:
    assert is_dicom(_CONTENT)
    assert not is_dicom(_CONTENT[1:])
    assert not is_dicom(b"")


@pytest.mark.parametrize("syntax", ["implicit", "big", "deflated"])
def test_transfer_syntaxes_are_read(syntax: str) -> None:
    dataset = read_dataset(dicom_bytes(dicom_dataset(np.zeros((8, 8, 3), np.uint8)), SYNTAXES[syntax]), "a")
    assert (dataset.PatientID, dataset.Rows) == (PATIENT_ID, 8)


@pytest.mark.parametrize("content", [_CONTENT[:140], b"\0" * 128 + b"DICM" + b"\xff" * 200])
def test_damage_is_a_sentence_without_the_patient(content: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^a.dcm \(DICOM\)") as caught:
        read_dataset(content, "a.dcm")
    assert PATIENT_ID not in str(caught.value)


def test_a_deflated_file_may_not_unpack_without_bound() -> None:
    bomb = dicom_bytes(dicom_dataset(np.zeros((500, 500, 3), np.uint8)), SYNTAXES["deflated"])
    with pytest.raises(DecodeError, match="unpacks to more than 100,000 bytes"):
        read_dataset(bomb, "a.dcm", most_bytes=100_000)
