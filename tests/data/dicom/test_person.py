"""Keys of people: equal for one patient, different for two, and of no use without the salt."""

import numpy as np
import pytest
from tests.dicom_files import PATIENT_ID, dicom_dataset

from fundusfm.data.dicom.person import person_key

_SALT = b"salt of a test, 16 bytes or more"


def key(salt: bytes = _SALT, entropy: str = "a", **attributes: object) -> str:
    return person_key(dicom_dataset(np.zeros((8, 8, 3), np.uint8), entropy=entropy, **attributes), salt)


def test_images_of_one_patient_share_a_key() -> None:
    assert key() == key(entropy="b", ImageLaterality="L", StudyDate="20200101")
    assert key(PatientName="DOE^JANE") == key(PatientName="Doe^Jane ")
    assert len(key()) == 16 and PATIENT_ID not in key()


@pytest.mark.parametrize(
    "attributes",
    [
        {"PatientID": "another"},
        {"PatientName": "Somebody^Else"},  # an identifier that two people share by mistake
        {"PatientBirthDate": "19991231"},
        {"IssuerOfPatientID": "another hospital"},
    ],
)
def test_two_patients_have_two_keys(attributes: dict[str, str]) -> None:
    assert key(**attributes) != key()


def test_another_salt_gives_another_key() -> None:
    assert key(b"0" * 32) != key(b"1" * 32)


@pytest.mark.parametrize("name", ["", "ANONYMOUS", "unknown", "N/A", "0", None])
def test_an_identifier_of_nobody_leaves_the_study(name: str | None) -> None:
    first, second = (key(entropy=entropy, PatientID=name) for entropy in ("a", "b"))  # two studies
    assert first and second and first != second
    assert key(entropy="a2", PatientID=name) == first  # another image of the first study
    assert key(PatientID=name, StudyInstanceUID="") == ""
