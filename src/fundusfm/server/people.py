"""Whose photographs are these, and what is to be done about the person: rows of a request, grouped, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from fundusfm.server.schemas import Row
from fundusfm.server.service import person_key

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
        kind: What is to be done about the worse eye.
        outcome: What is to be done about each eye, in words.
        detail: Why, eye by eye.
        kinds: All that is to be done; more than one where the eyes differ.
    """

    title: str
    how: str
    places: list[int] = field(default_factory=list)
    kind: Kind = "none"
    outcome: str = ""
    detail: str = ""
    kinds: tuple[Kind, ...] = ()


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
        key = person_key(row.person, row.eye_from, row.pair) or f"one {place}"
        if key not in found:
            number += _numbered(row, key)
            found[key] = _person(row, key, number)
        found[key].places.append(place)
    for key, person in found.items():
        members = [rows[place] for place in person.places]
        if key.startswith("name") and len(members) > 1:
            person.how = "Together because their names differ only in the eye, or in what follows it."
        _judge(person, members)
        person.places.sort(key=lambda place: _OF_EYE.index(kind_of(rows[place])))
    return sorted(found.values(), key=lambda person: _WORST_FIRST.index(person.kind))


def summary(found: Sequence[Person], photographs: int) -> str:
    """Returns how many people need what; somebody whose eyes need different things counts at each."""
    counts = [(OUTCOMES[kind], sum(kind in person.kinds for person in found)) for kind in OUTCOMES]
    said = " · ".join(f"{outcome}: {many}" for outcome, many in counts if many)
    twice = "; a person with two outcomes counts at both" if any(len(person.kinds) > 1 for person in found) else ""
    return f"{said} ({photographs} photograph{'' if photographs == 1 else 's'}{twice})"


def _numbered(row: Row, key: str) -> bool:
    """Returns whether a person has nothing but a number for a name."""
    return key.startswith("header") or (key.startswith("name") and not row.pair)


def _person(row: Row, key: str, number: int) -> Person:
    if key.startswith("one"):
        return Person(row.image, "The file does not say whose photograph it is.")
    return Person(f"Person {number}" if _numbered(row, key) else row.pair, "")


def _judge(person: Person, rows: Sequence[Row]) -> None:
    """Says what is to be done about each eye, worst first; an eye without a sign is passed over if another has one."""
    by_eye: dict[str, list[Row]] = {eye: [row for row in rows if row.eye == eye] for eye in (*SIDES, "")}
    # Photographs of no stated eye may be of either, so each of them counts.
    eyes = {eye: {min(map(kind_of, by_eye[eye]), key=_OF_EYE.index)} for eye in SIDES if by_eye[eye]}
    if by_eye[""]:
        eyes[""] = {kind_of(row) for row in by_eye[""]}
    kinds = [kind for kind in OUTCOMES if any(kind in found for found in eyes.values())]
    person.kinds = tuple(kind for kind in kinds if kind != "none") or ("none",)
    person.kind = person.kinds[0]
    said = [_said(kind, [eye for eye in eyes if kind in eyes[eye]], alone=set(eyes) == {""}) for kind in person.kinds]
    missing = [eye for eye in SIDES if eye not in eyes]
    if len(missing) == 1 and "" not in eyes:
        said.append(f"no photograph of the {missing[0]} eye")
    person.outcome = "; ".join(part if place == 0 else part[0].lower() + part[1:] for place, part in enumerate(said))
    reasons = [
        (eye, why)
        for eye, found in eyes.items()
        for why in dict.fromkeys(_why(row) for row in by_eye[eye] if kind_of(row) in found and kind_of(row) != "none")
        if why
    ]
    person.detail = "; ".join(f"{eye} eye: {why}" if eye else why for eye, why in reasons)


def _said(kind: Kind, eyes: Sequence[str], *, alone: bool) -> str:
    """Returns one thing that is to be done, and for which eyes."""
    if kind == "none":
        return OUTCOMES[kind] + (" in either eye" if len(eyes) == len(SIDES) and "" not in eyes else "")
    if alone:
        return OUTCOMES[kind]
    both = ["both eyes"] if set(SIDES) <= set(eyes) else [f"{eye} eye" for eye in eyes if eye]
    return f"{OUTCOMES[kind]}: {' and '.join([*both, *(['eye not stated'] if '' in eyes else [])])}"


def _why(row: Row) -> str:
    """Returns what follows the colon of a verdict; one without a colon says it all."""
    why = row.verdict.removesuffix("; have it read")
    return why.split(": ", 1)[-1]
