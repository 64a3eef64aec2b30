"""A header names a person as people do."""

import pytest
from pydicom.dataset import Dataset

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.documents.header import image_reference, name_in_words, patient_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("King^Ada^Byron^Dr^PhD", "Dr Ada Byron King PhD"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Tarou Yamada (山田 太郎, やまだ たろう)"),
        ("Müller", "Müller"),
        ("", ""),
    ],
)
def test_names(name: str, words: str) -> None:
    assert name_in_words(name) == words


def test_what_is_missing_or_nonsense_is_empty() -> None:
    header = Dataset()
    header.PatientID, header.PatientSex, header.StudyDate = "4711", "?", "20260301"
    facts = patient_of(header)
    assert (facts.identifier, facts.sex, facts.born) == ("4711", "", None)
    assert facts.photographed is not None and facts.photographed.isoformat() == "2026-03-01"
    assert image_reference(Photograph("a", dataset=header)) is None
