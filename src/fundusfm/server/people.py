"""Groups the rows of a request by person, with what is to be done about each, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fundusfm.data.inputs.photograph import frame_name
from fundusfm.screening.documents.outcome import OUTCOMES, Kind, outcome_of, rank_in_eye
from fundusfm.server.schemas import Row
from fundusfm.server.service import person_key

_WORST_FIRST = list(OUTCOMES)


@dataclass
class Person:
    """The photographs of one person.

    Attributes:
        title: Name on the page: a number, or what the file names have in common.
        how: How it is known that the photographs belong together; may be empty.
        places: Positions of the rows in the request.
        kind: Outcome for the worse eye.
        outcome: Outcome for each eye, in words.
        detail: The reasons, eye by eye.
        kinds: All outcomes; more than one where the eyes differ.
    """

    title: str
    how: str
    places: list[int] = field(default_factory=list)
    kind: Kind = "none"
    outcome: str = ""
    detail: str = ""
    kinds: tuple[Kind, ...] = ()


def people(rows: Sequence[Row]) -> list[Person]:
    """Groups the rows of a request by person, worst first.

    DICOM headers name the person. Files whose names differ only in the word for the eye belong together, and so do the
    photographs of one file. Every other photograph is a person of its own.
    """
    found: dict[str, Person] = {}
    number = first = 0
    for place, row in enumerate(rows):
        if row.image != frame_name(rows[first].image, place - first + 1):
            first = place
        key = person_key(row.person, row.eye_from, row.pair) or f"one {first}"
        if key not in found:
            number += _numbered(row, key)
            found[key] = _person(row, key, number)
        found[key].places.append(place)
    for key, person in found.items():
        members = [rows[place] for place in person.places]
        if key.startswith("name") and len(members) > 1:
            person.how = "Together because their names differ only in the eye, or in what follows it."
        outcome = outcome_of(members)
        person.kind, person.kinds = outcome.kind, outcome.kinds
        person.outcome, person.detail = outcome.text, outcome.detail
        person.places.sort(key=lambda place: rank_in_eye(rows[place]))
    return sorted(found.values(), key=lambda person: _WORST_FIRST.index(person.kind))


def summary(found: Sequence[Person], photographs: int) -> str:
    """Returns the number of people with each outcome; a person whose eyes differ counts at both."""
    counts = [(OUTCOMES[kind], sum(kind in person.kinds for person in found)) for kind in OUTCOMES]
    said = " · ".join(f"{outcome}: {many}" for outcome, many in counts if many)
    twice = "; a person with two outcomes counts at both" if any(len(person.kinds) > 1 for person in found) else ""
    who = f"{len(found)} {'person' if len(found) == 1 else 'people'}"
    return f"{said} ({who}, {photographs} photograph{'' if photographs == 1 else 's'}{twice})"


def _numbered(row: Row, key: str) -> bool:
    """Returns whether a person is called by a number."""
    return key.startswith("header") or (key.startswith("name") and not row.pair)


def _person(row: Row, key: str, number: int) -> Person:
    if key.startswith("one"):
        return Person(row.image, "The file does not say whose photograph it is.")
    return Person(f"Person {number}" if _numbered(row, key) else row.pair, "")
