"""A report has the same number whenever it is written, and another for another person, model or photograph."""

from dataclasses import replace

from tests.screening.documents.people import MODEL, PATIENT, person, photograph, refused

from fundusfm.screening.documents.results import PatientFacts


def test_numbers_of_reports() -> None:
    one = person(patient=PATIENT)
    assert one.identity == person(*reversed(one.photographs), patient=PATIENT).identity
    others = [
        person(patient=PatientFacts(identifier="4712")),
        person(patient=PATIENT, model=replace(MODEL, digest="ef" * 32)),
        person(photograph("right", "yes"), patient=PATIENT),
    ]
    assert len({one.identity, *(other.identity for other in others)}) == 4


def test_the_photograph_that_decides_comes_first() -> None:
    found = person(refused("left"), photograph("left", "yes"), photograph("right")).of_eye("left")
    assert [one.refer for one in found] == ["yes", "take_again"]


def test_copies_under_other_names_are_reports_of_their_own() -> None:
    assert person(title="Jones").identity != person(title="Brown").identity
