"""Rows of a request become people, worst first, and eyes of two people never stand together."""

from typing import Any

import pytest

from fundusfm.server.people import people, summary
from fundusfm.server.schemas import Row


def row(image: str, refer: str = "no", eye: str = "", **values: Any) -> Row:
    known: dict[str, Any] = {"image": image, "refer": refer, "why": "", "uncertain": False, "labels": [], "verdict": "",
                             "advice": "", "eye": eye, "eye_from": "header" if eye else "", "pair": "", "person": "",
                             "status": "ok", "reason": "", "quality": 1, "findings": [], "model": "tiny", "sha256": "0",
                             "operating_point": "youden", "code_version": "1", "decisions": {}}  # fmt: skip
    return Row(**{**known, **values})


def named(image: str, pair: str, eye: str, refer: str = "no") -> Row:
    return row(image, refer, eye, eye_from="name", pair=pair)


def test_worst_person_first_and_people_stay_apart() -> None:
    rows = [
        row("a-right", person="a", eye="right"),
        row("b-right", person="b", eye="right"),
        row("a-left", person="a", eye="left"),
        row("b-left", "yes", person="b", eye="left"),
        named("12_left.jpg", "12", "left", "take_again"),
        named("12_right.jpg", "12", "right"),
        row("loose.jpg", uncertain=True),
    ]
    found = people(rows)
    assert [person.title for person in found] == ["Person 2", "loose.jpg", "12", "Person 1"]
    assert [[rows[place].image for place in person.places] for person in found] == [
        ["b-left", "b-right"], ["loose.jpg"], ["12_right.jpg", "12_left.jpg"], ["a-right", "a-left"],
    ]  # fmt: skip
    assert [person.outcome for person in found] == [
        "Refer: left eye", "Have it read", "Take again: left eye", "No sign found in either eye",
    ]  # fmt: skip
    assert "differ only in the eye" in found[2].how


def test_photographs_of_one_file_are_of_one_person() -> None:
    found = people([row("a.mpo"), row("a.mpo#2"), row("a.mpo"), row("b.png")])
    assert sorted(person.places for person in found) == [[0, 1], [2], [3]]


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([("left", "no")], "Not decided: no photograph of the right eye; no sign found in the left eye"),
        ([("", "no")], "Not decided: no photograph of the other eye; no sign found in this one"),
        ([("", "no"), ("", "no")], "No sign found"),
        ([("left", "yes"), ("right", "yes")], "Refer: both eyes"),
        ([("left", "take_again"), ("left", "no"), ("right", "no")], "No sign found in either eye"),
        ([("left", "no"), ("left", "yes"), ("right", "no")], "Refer: left eye"),
        ([("left", "not_fundus")], "Not judged: left eye; no photograph of the right eye"),
        ([("left", "take_again"), ("right", "yes")], "Refer: right eye; take again: left eye"),
        ([("", "take_again"), ("right", "yes")], "Refer: right eye; take again: eye not stated"),
        ([("", "take_again"), ("", "yes"), ("", "no")], "Refer; take again"),
    ],
)
def test_every_eye_that_needs_something_is_named(rows: list[tuple[str, str]], outcome: str) -> None:
    (person,) = people([row(f"{number}", refer, eye, person="p") for number, (eye, refer) in enumerate(rows)])
    assert person.outcome == outcome


def test_counts_and_reasons_leave_out_no_eye() -> None:
    found = people([
        row("l", "take_again", "left", person="a", verdict="Take again: too dark"),
        row("r", "yes", "right", person="a", verdict="Refer: signs of glaucoma"),
        row("x", "take_again", "left", person="b", verdict="Take again: blurred"),
    ])  # fmt: skip
    assert [person.detail for person in found] == [
        "right eye: signs of glaucoma; left eye: too dark", "left eye: blurred",
    ]  # fmt: skip
    assert (
        summary(found, 3)
        == "Refer: 1 · Take again: 2 (2 people, 3 photographs; a person with two outcomes counts at both)"
    )
