"""One photograph of an eye that could be judged is enough; the worse eye decides."""

from itertools import product

import pytest
from tests.screening.documents.people import photograph, refused

from fundusfm.screening.documents.outcome import kind_of, kind_of_decision, outcome_of
from fundusfm.screening.documents.results import PhotographResult
from fundusfm.screening.referral import person_decision


@pytest.mark.parametrize(
    ("photographs", "kinds", "text"),
    [
        ([photograph("right", "yes"), photograph("left")], ("refer",), "Refer: right eye"),
        ([photograph("right", "yes"), refused("left")], ("refer", "again"), "Refer: right eye; take again: left eye"),
        ([refused("left"), photograph("left"), photograph("right")], ("none",), "No sign found in either eye"),
        ([photograph(""), photograph("")], ("none",), "No sign found"),
        ([photograph("")], ("other",), "Not decided: no photograph of the other eye; no sign found in this one"),
        (
            [photograph("left")],
            ("other",),
            "Not decided: no photograph of the right eye; no sign found in the left eye",
        ),
    ],
)
def test_outcome(photographs: list[PhotographResult], kinds: tuple[str, ...], text: str) -> None:
    found = outcome_of(photographs)
    assert (found.kinds, found.kind, found.text) == (kinds, kinds[0], text)


def test_a_damaged_file_is_copied_again() -> None:
    lost = {"status": "failed", "verdict": "Copy the file again: the file cannot be read"}
    found = outcome_of([photograph("left", "", **lost), photograph("right")])
    assert (found.kind, found.text) == ("other", "Copy the file again: left eye")
    assert found.detail == "left eye: the file cannot be read"
    assert outcome_of([photograph("", "", **lost)]).text == "Copy the file again"
    late = photograph("right", "", status="failed", verdict="Not judged: the server was too busy to read the file")
    assert outcome_of([photograph("left", "", **lost), late]).text == "Not judged: both eyes"


def test_every_reason_says_of_which_eye_it_is() -> None:
    limit = {"uncertain": True, "verdict": "Uncertain: close to the limit for glaucoma; have it read"}
    found = outcome_of([photograph("right", **limit), photograph("", **limit)])
    assert found.detail == "right eye: close to the limit for glaucoma; eye not stated: close to the limit for glaucoma"
    assert outcome_of([photograph("", **limit)]).detail == "close to the limit for glaucoma"


def test_uncertain_comes_before_the_decision() -> None:
    assert kind_of(photograph("", "yes", uncertain=True)) == "unsure"
    assert kind_of(photograph("", "")) == "other"


def test_the_table_and_the_reports_decide_alike() -> None:
    decisions = [("yes", False), ("yes", True), ("no", False), ("no", True), ("take_again", None), ("not_fundus", None)]
    each = [photograph(eye, refer, uncertain=sure) for eye in ("left", "right", "") for refer, sure in decisions]
    for some in [[one] for one in each] + [list(pair) for pair in product(each, repeat=2)]:
        eyes = {eye: [{"refer": one.refer, "why": "", "uncertain": one.uncertain} for one in some if one.eye == eye]
                for eye in {one.eye for one in some}}  # fmt: skip
        found = outcome_of(some)
        assert found.kind == found.kinds[0] == kind_of_decision(person_decision(eyes))
