"""Which photographs show the same person, without saying who that is."""

import hashlib
import hmac
from typing import TYPE_CHECKING

from fundusfm.data.dicom.header import header_text

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_IDENTITY = ("IssuerOfPatientID", "PatientID", "PatientName", "PatientBirthDate")
# What is written where a patient is not named; many people share it.
_NOBODY = frozenset(("", "0", "-", "?", "na", "n/a", "nan", "none", "null", "unknown", "anonymous", "anonymized",
                     "anonymised", "anon", "test", "patient", "removed", "deidentified"))  # fmt: skip
_DIGITS = 16


def names_nobody(identifier: str) -> bool:
    """Returns whether a patient identifier stands for many people, such as `ANONYMOUS`."""
    return " ".join(identifier.casefold().split()) in _NOBODY


def person_key(dataset: "Dataset", salt: bytes) -> str:
    """Returns a key that is equal for images of one patient and leads back to nobody without the salt.

    Patients are told apart by identifier, issuer, name and birth date together, so two people who share an identifier
    by mistake get two keys. Where the identifier names nobody, images of one study belong together.

    Args:
        dataset: An image's header.
        salt: Secret of at least 16 bytes.

    Returns:
        16 hexadecimal digits; empty where the header names neither a patient nor a study.
    """
    parts = [" ".join(header_text(dataset, keyword).casefold().split()) for keyword in _IDENTITY]
    if names_nobody(parts[1]):
        study = header_text(dataset, "StudyInstanceUID")
        if not study:
            return ""
        parts = ["study", study]
    return _keyed("\0".join(parts), salt)


def patient_key(patient: str, salt: bytes) -> str:
    """Returns such a key of an identifier alone; empty for one that names nobody."""
    plain = " ".join(patient.casefold().split())
    return "" if plain in _NOBODY else _keyed(f"patient\0{plain}", salt)


def _keyed(text: str, salt: bytes) -> str:
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]
