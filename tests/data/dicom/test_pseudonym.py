"""Pseudonyms: equal for equal, different under another salt, valid as UIDs."""

from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from fundusfm.data.dicom.pseudonym import pseudo_uid, pseudonym

_SALT, _OTHER = b"salt of the tests", b"another salt, longer"


@given(st.text(min_size=1), st.text(min_size=1))
def test_pseudonyms_tell_patients_apart(one: str, two: str) -> None:
    assert (pseudonym(one, _SALT) == pseudonym(two, _SALT)) == (one == two)
    assert pseudonym(one, _SALT) != pseudonym(one, _OTHER)
    assert len(pseudonym(one, _SALT)) == 16


@given(st.text())
def test_uids_are_valid(uid: str) -> None:
    new = UID(pseudo_uid(uid, _SALT))
    assert new.is_valid
    assert new != pseudo_uid(uid, _OTHER)


def test_missing_patient_stays_missing() -> None:
    assert pseudonym("", _SALT) == ""
