"""Whose photographs are these, and what is to be done about the person: rows of a request, grouped, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from fundusfm.server.schemas import Row

Kind = Literal["refer", "unsure", "again", "other", "none"]

OUTCOMES: dict[Kind, str] = {
    "refer": "Refer",
    "unsure": "Have it read",
    "again": "Take again",
    "other": "Not judged",
    "none": "No sign found",
}
"""What is to be done, worst first."""

SIDES = ("right", "left")
_WORST_FIRST = list(OUTCOMES)
_OF_EYE: tuple[Kind, ...] = ("refer", "unsure", "none", "again", "other")
"""One photograph of an eye that could be judged is enough, so those that could not come last here."""


@dataclass
class Person:
    """The photographs of one person.

    Attributes:
        title: What to call the person: a number, or what file names have in common.
        how: How it is known whose photographs they are; may be empty.
        places: Positions of the rows in the request.
        kind: What is to be done.
        outcome: The same in words.
    """

    title: str
    how: str
    places: list[int] = field(default_factory=list)
    kind: Kind = "none"
    outcome: str = ""


def kind_of(row: Row) -> Kind:
    """Returns what is to be done about a photograph."""
    if row.uncertain:
        return "unsure"
    kinds: dict[str, Kind] = {"yes": "refer", "no": "none", "take_again": "again"}
    return kinds.get(row.refer, "other")


def people(rows: Sequence[Row]) -> list[Person]:
    """Groups the rows of a request by person, worst first.

    DICOM headers say who it is. File names that are equal apart from the word for the eye belong together. Everything
    else stands alone.
    """
    found: dict[str, Person] = {}
    number = 0
    for place, row in enumerate(rows):
        key = (
            f"header {row.person}"
            if row.person
            else f"name {row.pair.casefold()}"
            if row.eye_from == "name"
            else f"one {place}"
        )
        if key not in found:
            number += not key.startswith("one")
            found[key] = _person(row, key, number)
        found[key].places.append(place)
    for key, person in found.items():
        members = [rows[place] for place in person.places]
        if key.startswith("name") and len(members) > 1:
            person.how = "Together because their names differ only in the eye."
        person.kind, person.outcome = _outcome(members)
        person.places.sort(key=lambda place: _OF_EYE.index(kind_of(rows[place])))
    return sorted(found.values(), key=lambda person: _WORST_FIRST.index(person.kind))


def _person(row: Row, key: str, number: int) -> Person:
    if key.startswith("one"):
        return Person(row.image, "The file does not say whose photograph it is.")
    named = row.pair.strip(" _-.()") if key.startswith("name") else ""
    return Person(named or f"Person {number}", "")


def _outcome(rows: Sequence[Row]) -> tuple[Kind, str]:
    by_eye: dict[str, list[Kind]] = {}
    for row in rows:
        by_eye.setdefault(row.eye, []).append(kind_of(row))
    open_ones = by_eye.pop("", [])
    eyes = {eye: min(kinds, key=_OF_EYE.index) for eye, kinds in by_eye.items()}
    kind = min([*eyes.values(), *open_ones], key=_WORST_FIRST.index)
    named = [eye for eye in SIDES if eyes.get(eye) == kind]
    missing = [] if open_ones else [eye for eye in SIDES if eye not in eyes]
    said = OUTCOMES[kind]
    if kind == "none":
        said += " in either eye" if len(named) == len(SIDES) else ""
        said += f"; no photograph of the {missing[0]} eye" if len(missing) == 1 else ""
    elif named:
        said += ": both eyes" if len(named) == len(SIDES) else f": {named[0]} eye"
    return kind, said
