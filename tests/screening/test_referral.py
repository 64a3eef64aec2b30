"""One decision per eye and per person: which labels pass, how far, and what a missing or unreadable eye does."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundusfm.models.card.referral import ReferralRule
from fundusfm.screening.referral import POOR_WHY, eye_decision, person_decision, refer

_RULE = ReferralRule(goal="specificity", target=0.8, thresholds={"abnormal": 0.5, "D": 0.3, "G": 0.1})
_NAMES = {"D": "Diabetic retinopathy", "abnormal": "Any abnormality"}


def _row(refer: str | None, why: str = "", uncertain: int | None = 0) -> dict[str, Any]:
    return {"refer": refer, "why": why, "uncertain": uncertain}


def test_any_label_refers_and_the_least_telling_comes_last() -> None:
    found = refer({"abnormal": 0.99, "D": 0.31, "G": 0.4, "N": 0.9}, _RULE, _NAMES)
    assert (found.refer, found.labels) == ("yes", ("G", "D", "abnormal"))
    assert found.why == "G; Diabetic retinopathy; Any abnormality"
    assert found.margin == pytest.approx(math.log(99))
    assert not found.uncertain


def test_nothing_passes() -> None:
    found = refer({"abnormal": 0.49, "D": 0.01, "G": 0.01}, _RULE, _NAMES)
    assert (found.refer, found.why, found.labels, found.uncertain) == ("no", "", (), True)
    assert not refer({"abnormal": 0.1, "D": 0.01, "G": 0.01}, _RULE, _NAMES).uncertain


def test_a_poor_photograph_speaks_for_disease_but_not_against_it() -> None:
    low = {"abnormal": 0.1, "D": 0.01, "G": 0.01}
    poor = refer(low, _RULE, _NAMES, quality=0.5)
    assert (poor.refer, poor.why, poor.uncertain) == ("no", POOR_WHY, True)
    assert refer(low, _RULE, _NAMES, quality=0.6).why == ""
    assert not refer(low | {"G": 0.9}, _RULE, _NAMES, quality=0.3).uncertain
    person = person_decision({"left": [_row("no", POOR_WHY, 1)], "right": [_row("no")]})
    assert (person["refer"], person["why"], person["uncertain"]) == ("no", f"left eye: {POOR_WHY}", 1)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_the_margin_says_what_the_decision_is(scores: list[float]) -> None:
    found = refer(dict(zip(_RULE.thresholds, scores, strict=True)), _RULE, {})
    assert math.isfinite(found.margin)
    assert (found.refer == "yes") is (found.margin >= 0) is bool(found.why)
    assert found.uncertain is (abs(found.margin) < 0.5)


def test_one_photograph_that_is_referred_decides_for_an_eye() -> None:
    rows = [_row("no"), _row("yes", "G", 1), _row("yes", "D; G", 0), _row("take_again", "too dark", None)]
    assert eye_decision(rows) == _row("yes", "G; D", 0)
    assert eye_decision([_row("no", uncertain=1), _row("no"), _row("take_again", "dark", None)]) == _row("no", "", 1)
    assert eye_decision([_row("not_fundus", "a letter", None), _row("take_again", "too dark", None)]) == _row(
        "take_again", "too dark", None
    )
    assert eye_decision([_row(None, uncertain=None)]) == _row(None, None, None)  # type: ignore[arg-type]


def test_the_worse_eye_decides_for_a_person() -> None:
    both = person_decision({"left": [_row("no")], "right": [_row("yes", "D", 1)]})
    assert both == _row("yes", "D", 1) | {"left": "no", "right": "yes"}
    dark = person_decision({"left": [_row("no")], "right": [_row("take_again", "too dark", None)]})
    assert dark == _row("take_again", "right eye: too dark", None) | {"left": "no", "right": "take_again"}
    poor = person_decision({"left": [_row("no", POOR_WHY, 1)], "right": [_row("take_again", "too dark", None)]})
    assert (poor["refer"], poor["uncertain"]) == ("take_again", 1)
    sure = person_decision({"left": [_row("no", POOR_WHY, 1)], "right": [_row("yes", "D")]})
    assert (sure["refer"], sure["uncertain"]) == ("yes", 0)


def test_an_eye_that_nobody_saw_keeps_a_person_from_a_no() -> None:
    one = person_decision({"left": [_row("no")]})
    assert one == _row(None, "right eye: no photograph", None) | {"left": "no", "right": "missing"}
    lost = _row(None, "there is no such file", None)
    assert person_decision({"left": [_row("no")], "right": [lost]}) == (
        _row(None, "right eye: there is no such file", None) | {"left": "no", "right": None}
    )
    assert person_decision({"left": [_row("no"), lost], "right": [_row("no")]})["refer"] == "no"
    assert person_decision({"left": [_row("yes", "D")]})["refer"] == "yes"


def test_photographs_that_do_not_say_which_eye_they_show() -> None:
    assert person_decision({"": [_row("no"), _row("yes", "D")]}) == _row("yes", "D") | {"left": None, "right": None}
    assert person_decision({"left": [_row("no")], "": [_row("no")]})["right"] is None
    alone = person_decision({"": [_row("no")]})
    assert alone == _row(None, "no photograph of the other eye", None) | {"left": None, "right": None}
    assert person_decision({"": [_row("no"), _row("no")]})["refer"] == "no"
    assert person_decision({"": [_row("no"), _row("take_again", "too dark", None)]})["refer"] == "take_again"
