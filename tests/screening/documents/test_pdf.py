"""The PDF says what the page says, in any script, and its bytes depend on nothing else."""

import re
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from tests.screening.documents.people import MODEL, PATIENT, SEGMENTER, person, photograph, refused, structures

from fundusfm.screening.documents.blocks import Sheet
from fundusfm.screening.documents.column import Column
from fundusfm.screening.documents.pdf import people_report, person_report
from fundusfm.screening.documents.results import PatientFacts


def text_of(content: bytes) -> str:
    """Returns the text of a PDF in one line."""
    pages = PdfReader(BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def pictures_of(content: bytes) -> int:
    return sum(len(page.images) for page in PdfReader(BytesIO(content)).pages)


def test_one_page_says_what_to_do_why_and_by_what() -> None:
    content = person_report(person(patient=PATIENT))
    said = text_of(content)
    for words in ("Zoë Müller", "Patient ID 4711", "born 1 May 1950", "female", "photographed 1 March 2026",
                  "Refer: right eye", "signs of glaucoma", "No sign found", "Right eye", "Left eye",
                  "Quality good (0.81 of 1)", "0.900", "found", "below the limit", "model tiny", "ab" * 32,
                  "80 % of healthy eyes", "Not for children.", "not a medical device", "4 March 2026, 05:06 UTC",
                  "Audit file 5555555555555555", str(person(patient=PATIENT).identity)):  # fmt: skip
        assert words in said, words
    assert said.count("Probability of Glaucoma") == 1  # not beside "No sign found"
    assert len(PdfReader(BytesIO(content)).pages) == 1
    assert pictures_of(content) == 3
    assert content == person_report(person(patient=PATIENT))


def test_a_refused_eye_and_a_missing_one_say_so() -> None:
    said = text_of(person_report(person(refused("left", view=None))))
    assert "Take again: left eye; no photograph of the right eye" in said
    assert "Raise the flash." in said and "No photograph" in said and "Born" in said


def test_what_contradicts_itself_is_said() -> None:
    found = person(photograph("", eye_doubt="the name says left"), title="Patient 7", remarks=["At most one is right."],
                   patient=PatientFacts(identifier="7"))  # fmt: skip
    said = text_of(person_report(found))
    assert "The eye is in doubt: the name says left." in said and "At most one is right." in said
    assert said.count("Patient 7") == 1 and "Patient ID" not in said


def test_structures_have_a_line_a_caution_and_a_picture() -> None:
    model = replace(MODEL, segmenter=SEGMENTER)
    eyes = (photograph("right", "yes", structures=structures()), photograph("left"))
    plain, content = person_report(person(*eyes)), person_report(person(*eyes, model=model))
    said = text_of(content)
    assert "Structures: haemorrhages 2, soft exudates 0, optic disc found, AVR 0.68." in said
    assert "marked too often" in said and "Outlined: optic disc white, haemorrhages green." in said
    assert f"Structures found by drawn, weights SHA-256 {'ef' * 32}." in said.replace("\n", "")
    assert "Limits of drawn: Drusen can be taken for exudates." in said
    assert len(PdfReader(BytesIO(content)).pages) == 1
    # Another report than one without structures, so that a server takes both.
    number = [text_of(one).split("Report ")[-1][:36] for one in (plain, content)]
    assert number[0] != number[1]


def test_scores_from_both_eyes_say_so() -> None:
    said = text_of(person_report(person(photograph("right", both_eyes=True), photograph("left"))))
    assert said.count("Scored together with the other eye") == 1


def test_further_photographs_follow_on_pages_of_their_own() -> None:
    content = person_report(person(photograph("right"), photograph("right", "yes", name="second.jpg"), photograph("")))
    pages = PdfReader(BytesIO(content)).pages
    assert len(pages) == 3
    assert "second.jpg" in pages[0].extract_text()  # the one that decides comes first
    assert all("not a medical device" in page.extract_text() for page in pages)
    assert "Eye not stated" in pages[2].extract_text() and "page 3 of 3" in text_of(content)


def test_more_photographs_of_one_eye_fill_both_columns() -> None:
    names = [f"{number}.jpg" for number in range(4)]
    content = person_report(person(*(photograph("left", name=name) for name in names)))
    pages = PdfReader(BytesIO(content)).pages
    assert [[name in page.extract_text() for name in names].count(True) for page in pages] == [1, 2, 1]


def test_a_lone_photograph_has_the_whole_width(monkeypatch: pytest.MonkeyPatch) -> None:
    widths = []

    class Spied(Column):
        def __init__(self, sheet: Sheet, title: str, photograph: Any, width: float, *, says_missing: bool) -> None:
            widths.append(width)
            super().__init__(sheet, title, photograph, width, says_missing=says_missing)

    monkeypatch.setattr("fundusfm.screening.documents.pdf.Column", Spied)
    person_report(person(photograph("", "yes")))
    assert len(widths) == 1 and widths[0] > 150
    person_report(person())
    assert len(widths) == 3 and max(widths[1:]) < 100


def test_people_begin_on_a_new_page_and_letter_is_wider() -> None:
    pages = PdfReader(BytesIO(people_report([person(), person()], paper="Letter"))).pages
    assert len(pages) == 2
    assert [round(float(size)) for size in pages[0].mediabox[2:]] == [612, 792]


@pytest.mark.parametrize("name", ["Ελένη Παπαδοπούλου", "Пётр Иванов", "Nguyễn Thị Hương"])
def test_names_of_other_alphabets_are_text(name: str) -> None:
    assert name in text_of(person_report(person(patient=PatientFacts(name=name))))


def test_right_to_left_names_are_joined_and_turned(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(person_report(person(patient=PatientFacts(name="محمد عبد الله"))))
    said = text_of(path.read_bytes())
    assert "\ufffd" not in said
    # Joined letters are glyphs that no plain letter has; in order of reading they are the name again.
    try:
        shown = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("pdftotext, which reads text in its order, is not installed")
    assert "محمد" in shown


def test_a_character_without_a_font_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.screening.documents.fonts._system_fonts", lambda: iter(()))
    said = text_of(person_report(person(patient=PatientFacts(name="王小明"))))
    assert "no font on this computer has" in said and "\ufffd" * 3 in said
