"""One photograph of an eye that could be judged is enough; the worse eye decides."""

import pytest
from tests.screening.documents.people import photograph, refused

from fundusfm.screening.documents.outcome import kind_of, outcome_of
from fundusfm.screening.documents.results import PhotographResult


@pytest.mark.parametrize(
    ("photographs", "kinds", "text"),
    [
        ([photograph("right", "yes"), photograph("left")], ("refer",), "Refer: right eye"),
        ([photograph("right", "yes"), refused("left")], ("refer", "again"), "Refer: right eye; take again: left eye"),
        ([refused("left"), photograph("left"), photograph("right")], ("none",), "No sign found in either eye"),
        ([photograph("")], ("none",), "No sign found"),
    ],
)
def test_outcome(photographs: list[PhotographResult], kinds: tuple[str, ...], text: str) -> None:
    found = outcome_of(photographs)
    assert (found.kinds, found.kind, found.text) == (kinds, kinds[0], text)


def test_every_reason_says_of_which_eye_it_is() -> None:
    limit = {"uncertain": True, "verdict": "Uncertain: close to the limit for glaucoma; have it read"}
    found = outcome_of([photograph("right", **limit), photograph("", **limit)])
    assert found.detail == "right eye: close to the limit for glaucoma; eye not stated: close to the limit for glaucoma"
    assert outcome_of([photograph("", **limit)]).detail == "close to the limit for glaucoma"


def test_uncertain_comes_before_the_decision() -> None:
    assert kind_of(photograph("", "yes", uncertain=True)) == "unsure"
    assert kind_of(photograph("", "")) == "other"
