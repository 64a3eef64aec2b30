"""From votes to labels."""

import pytest

from fundusfm.review.consensus.votes import opinions
from fundusfm.review.record import Grade, Kind


def _grade(number: int, reader: str, value: int | None, kind: Kind = "reading", *, undone: bool = False) -> Grade:
    return Grade(number, 1, reader, kind, {"abnormal": value}, "good", "", 1.0, "", undone)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1], (1, "single")),
        ([1, 1], (1, "unanimous")),
        ([1, None], (1, "single")),
        ([1, 0], (None, "open")),
        ([1, 0, 0], (0, "majority")),
        ([None, None], (None, "open")),
    ],
)
def test_what_holds(values: list[int | None], expected: tuple[int | None, str]) -> None:
    found = opinions(_grade(number, f"reader {number}", value) for number, value in enumerate(values))
    assert found[1].agreed("abnormal") == expected
    assert found[1].differs(["abnormal"]) == (len({value for value in values if value is not None}) > 1)


def test_the_last_grade_counts_and_an_adjudication_settles() -> None:
    grades = [
        _grade(1, "anna", 1), _grade(2, "bert", 0), _grade(3, "anna", 0, "revision"), _grade(4, "anna", 1, undone=True),
    ]  # fmt: skip
    assert opinions(grades)[1].agreed("abnormal") == (0, "unanimous")
    grades.append(_grade(5, "carla", 1, "adjudication"))
    assert opinions(grades)[1].agreed("abnormal") == (1, "adjudicated")
