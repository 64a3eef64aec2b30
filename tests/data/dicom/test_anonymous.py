"""One image without its patient; `test_deidentify.py` has the command."""

import numpy as np
import pytest
from tests.dicom_files import PATIENT_ID, PATIENT_NAME, dicom_bytes, dicom_dataset

from fundusfm.data.dicom.anonymous import anonymous
from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.errors import DecodeError

_SALT = b"a salt of at least sixteen bytes"


def image(**attributes: object) -> object:
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    return read_dataset(dicom_bytes(dicom_dataset(pixels, **attributes)), "a.dcm")


def test_pixels_and_eye_stay_and_the_patient_goes() -> None:
    source = image(ImageLaterality="L", PatientComments=PATIENT_NAME)
    copy = anonymous(source, "a.dcm", _SALT)
    assert copy.PixelData == source.PixelData and copy.ImageLaterality == "L"
    text = str(copy)
    assert not [secret for secret in (PATIENT_ID, *PATIENT_NAME.split("^"), source.SOPInstanceUID) if secret in text]
    assert copy.PatientIdentityRemoved == "YES"


def test_equal_identifiers_stay_equal() -> None:
    first, second = (anonymous(image(entropy=entropy), "a", _SALT) for entropy in ("a1", "a2"))
    assert first.PatientID == second.PatientID and first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert anonymous(image(), "a", b"another salt, sixteen").PatientID != first.PatientID


def test_declared_text_in_the_pixels_is_refused() -> None:
    with pytest.raises(DecodeError, match="declares text burned into its pixels"):
        anonymous(image(BurnedInAnnotation="YES"), "a.dcm", _SALT)
