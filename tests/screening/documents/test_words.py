"""Numbers never sound certain, and an operating point has words."""

from fundusfm.models.card.referral import ReferralRule
from fundusfm.screening.documents.words import number, percent, point_title, prevalence_note, quality_word


def test_numbers_never_sound_certain() -> None:
    assert [number(value) for value in (0.9999, 0.0001, 0.5)] == ["> 0.999", "< 0.001", "0.500"]
    assert [percent(value) for value in (0.999, 0.001, 0.261)] == ["> 99 %", "< 1 %", "26 %"]


def test_grades_and_points() -> None:
    assert [quality_word(value) for value in (1, 0.6, 0.3, 0)] == ["good", "fair", "poor", "not enough to judge"]
    rule = ReferralRule(goal="sensitivity", target=0.9, thresholds={"a": 0.5})
    assert point_title("referral", rule) == "referral rule: 90 % of diseased eyes are referred"
    assert point_title("mine", None) == "mine"
    assert prevalence_note("Glaucoma", 0.2, None) == ""
