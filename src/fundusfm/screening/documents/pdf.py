"""The report on a person as PDF: one page with both eyes, as the page in the browser and the HTML report say it.

The right eye stands on the left, as one faces the person. Further photographs of an eye follow on pages of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fundusfm.report.page import LIMITS
from fundusfm.screening.documents.blocks import GREY, Sheet
from fundusfm.screening.documents.column import Column, picture_side
from fundusfm.screening.documents.results import PersonResult, PhotographResult
from fundusfm.screening.documents.words import EYE_TITLES

if TYPE_CHECKING:
    from datetime import date

Paper = Literal["A4", "Letter"]

_SEXES = {"M": "male", "F": "female", "O": "other sex"}
_GAP = 6.0


@dataclass(frozen=True)
class _Place:
    """A column of a page: an eye, and a photograph of it if there is one."""

    title: str
    photograph: PhotographResult | None
    says_missing: bool = False


def person_report(person: PersonResult, *, paper: Paper = "A4") -> bytes:
    """Writes the report on a person.

    Equal arguments give equal bytes on one computer; only fonts for scripts that DejaVu Sans lacks depend on it.

    Args:
        person: What was found.
        paper: Size of the pages.

    Returns:
        A PDF; one page unless an eye has several photographs.
    """
    return people_report([person], paper=paper)


def people_report(people: Sequence[PersonResult], *, paper: Paper = "A4") -> bytes:
    """Writes the reports on several people into one PDF, each beginning on a new page.

    Args:
        people: At least one.
        paper: Size of the pages.
    """
    sheet = Sheet(paper, people[0].screened, " ".join(text for person in people for text in _texts(person)))
    for person in people:
        pages = list(_pages(person))
        for number, places in enumerate(pages, start=1):
            _page(sheet, person, places, number, len(pages))
    return sheet.content()


def _page(sheet: Sheet, person: PersonResult, places: Sequence[_Place], number: int, count: int) -> None:
    sheet.add_page()
    bottom = _foot(sheet, person, number, count)
    _head(sheet, person, first=number == 1)
    top = sheet.y
    width = (sheet.width - _GAP * (len(places) - 1)) / len(places)
    columns = [Column(sheet, place.title, place.photograph, width, says_missing=place.says_missing) for place in places]
    head = max(column.head_height() for column in columns)
    room = bottom - top - head - max(column.tail_height() for column in columns)
    pictures = max(column.pictures for column in columns)
    sides = {across: picture_side(pictures, across, width, room) for across in range(1, max(pictures, 1) + 1)}
    across = max(sides, key=lambda one: sides[one])
    for place, column in enumerate(columns):
        column.draw(sheet.left + place * (width + _GAP), top, head, max(sides[across], 10.0), across=across)


def _pages(person: PersonResult) -> Iterator[list[_Place]]:
    """Yields what stands beside each other on each page; one photograph alone has the whole width."""
    right, left, unknown = (person.of_eye(eye) for eye in ("right", "left", ""))
    if right or left:
        one, other = (
            _Place(EYE_TITLES[eye], next(iter(found), None), says_missing=True)
            for eye, found in (("right", right), ("left", left))
        )
        yield [one, other]
    both = min(len(right), len(left))
    for pair in zip(right[1:both], left[1:both], strict=True):
        yield [_Place(EYE_TITLES["right"], pair[0]), _Place(EYE_TITLES["left"], pair[1])]
    # Where one eye alone has more photographs, they fill both columns.
    for eye, found in (("right", right[max(both, 1) :]), ("left", left[max(both, 1) :]), ("", unknown)):
        for place in range(0, len(found), 2):
            yield [_Place(EYE_TITLES[eye], photograph) for photograph in found[place : place + 2]]


def _head(sheet: Sheet, person: PersonResult, *, first: bool) -> None:
    sheet.write("FundusFM · Screening report", 9, bold=True, color=GREY, right=_moment(person))
    sheet.skip(1)
    sheet.write(LIMITS, 7.5, color=GREY)
    sheet.skip(2)
    sheet.write(person.patient.name or person.title, 14, bold=True)
    if facts := _facts(person):
        sheet.write(facts, 8.5)
    blanks = ("Read by",) if person.patient.name else ("Name", "Born", "Photographed on", "Read by")
    if first:
        sheet.blanks(blanks)
    if sheet.fonts.note:
        sheet.write(sheet.fonts.note, 7.5, color=GREY)
    sheet.skip(2)
    outcome = person.outcome
    sheet.banner(outcome.kind, outcome.text, outcome.detail)
    for remark in person.remarks:
        sheet.skip(1)
        sheet.write(remark, 9, bold=True)
    sheet.skip(3)


def _foot(sheet: Sheet, person: PersonResult, number: int, count: int) -> float:
    """Writes the foot of a page and returns where it begins."""
    model = person.model
    said = [
        f"FundusFM {model.version}, model {model.name}, weights SHA-256 {model.sha256}"
        + (f"; decided by: {model.decided_by}" if model.decided_by else "; no operating point, so nothing is decided")
        + f". Report {person.identity}"
        + (f", page {number} of {count}." if count > 1 else "."),
    ]
    segmenter = model.segmenter
    if segmenter is not None:
        said[0] += f" Structures found by {segmenter.name}, weights SHA-256 {segmenter.sha256}."
    if number == 1:
        said.append(f"Intended use and limits: {' '.join([model.intended_use, *model.limits])}")
        if segmenter is not None and segmenter.limits:
            said.append(f"Limits of {segmenter.name}: {' '.join(segmenter.limits)}")
        said.append(
            "The score is what the network says, 0 to 1. It is no probability: compare it with the limit, from which "
            "on the label counts as found. "
            "The evidence (Grad-CAM) shows what raised a score; it does not outline lesions."
        )
    return sheet.foot(said)


def _facts(person: PersonResult) -> str:
    patient = person.patient
    heading = patient.name or person.title
    known = [
        person.title if patient.name and not patient.identifier else "",
        f"Patient ID {patient.identifier}" if patient.identifier and heading != f"Patient {patient.identifier}" else "",
        f"born {_day(patient.born)}" if patient.born else "",
        _SEXES.get(patient.sex, ""),
        f"photographed {_day(patient.photographed)}" if patient.photographed else "",
        f"accession {patient.accession}" if patient.accession else "",
        person.how,
    ]
    return " · ".join(fact for fact in known if fact)


def _day(day: "date") -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(person: PersonResult) -> str:
    return f"{_day(person.screened)}, {person.screened:%H:%M %Z}".rstrip()


def _texts(person: PersonResult) -> Iterator[str]:
    """Yields what comes from outside, in any script."""
    patient, model = person.patient, person.model
    yield from (person.title, patient.name, patient.identifier, patient.accession, model.name, model.intended_use)
    yield from (*model.limits, *person.remarks)
    if model.segmenter is not None:
        yield from (model.segmenter.name, *model.segmenter.limits)
    for one in person.photographs:
        yield from (one.name, one.reason, one.verdict, one.advice, one.eye_doubt, *(label.name for label in one.labels))
