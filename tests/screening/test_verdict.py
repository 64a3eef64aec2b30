"""One line about a photograph, from hand-made scores."""

import pytest

from fundusfm.models.card.referral import LabelSensitivity, ReferralRule
from fundusfm.models.card.schema import Card
from fundusfm.screening.advice import TOO_SLOW
from fundusfm.screening.verdict import judged, missed, refused

ODIR = ["abnormal", "N", "D", "G", "C"]


def card(labels: list[str] = ODIR, **values: object) -> Card:
    known = {"name": "tiny", "architecture": "test_resnet", "strategy": "scratch", "size": 64, "crop": "fov-v1"}
    return Card(**{**known, "mean": [0.5] * 3, "std": [0.5] * 3, "labels": labels, "task": "multilabel", **values})  # type: ignore[arg-type]


def rule(**thresholds: float) -> ReferralRule:
    return ReferralRule(goal="specificity", target=0.8, thresholds=thresholds)


RULE = rule(abnormal=0.6, D=0.5, G=0.2, C=0.3)
LOW = {"abnormal": 0.1, "N": 0.9, "D": 0.1, "G": 0.02, "C": 0.02}


@pytest.mark.parametrize(
    ("scores", "line"),
    [
        ({"D": 0.9}, "Refer: signs of diabetic retinopathy"),
        ({"D": 0.9, "abnormal": 0.95}, "Refer: signs of diabetic retinopathy"),
        ({"abnormal": 0.95}, "Refer: signs of an abnormality"),
        ({"G": 0.9, "D": 0.7}, "Refer: signs of glaucoma and diabetic retinopathy"),
        ({}, "No sign found"),
        ({"G": 0.21}, "Uncertain: close to the limit for glaucoma; have it read"),
        ({"D": 0.45}, "Uncertain: close to the limit for diabetic retinopathy; have it read"),
    ],
)
def test_lines(scores: dict[str, float], line: str) -> None:
    assert judged(LOW | scores, RULE, card()).line == line


def test_what_a_busy_server_did_not_read_is_not_decided() -> None:
    found = refused("failed", f"a.dcm {TOO_SLOW} (20 seconds): send it again.")
    assert found.refer == "" and found.line == "Not judged: the server was too busy to read the file"
    assert refused("failed", "a.dcm is damaged.").refer == ""


def test_a_poor_photograph_gets_no_sure_no() -> None:
    poor = judged(LOW, RULE, card(), quality=0.5)
    assert (poor.refer, poor.uncertain) == ("no", True)
    assert poor.line == "Uncertain: no sign found, but the photograph is poor"
    assert judged(LOW, RULE, card(), quality=0.51).uncertain is False
    assert judged(LOW | {"D": 0.9}, RULE, card(), quality=0.3).uncertain is False


def test_every_label_that_passed_is_named() -> None:
    names = {"label_names": {"a": "Drusen", "b": "AMD", "c": "Scars", "d": "Haze"}}
    found = judged(dict.fromkeys("abcd", 0.9), rule(a=0.1, b=0.1, c=0.1, d=0.1), card(list("abcd"), **names))
    assert found.line == "Refer: signs of drusen, AMD, scars and haze"
    assert found.why == "Drusen; AMD; Scars; Haze" and found.labels == ("a", "b", "c", "d")


def test_a_negative_result_says_what_is_often_missed() -> None:
    measured = {"G": LabelSensitivity(value=0.5, low=0.4, high=0.6, positives=97),
                "C": LabelSensitivity(value=0.9, low=0.8, high=1, positives=119)}  # fmt: skip
    model = card(often_missed=["mild diabetic retinopathy"], referral=RULE.model_copy(update={"per_label": measured}))
    assert judged(LOW, RULE, model).advice == "Mild diabetic retinopathy and glaucoma are often missed."
    poor = {label: LabelSensitivity(value=0.6, low=0.5, high=0.7, positives=50) for label in ("D", "G")}
    both = card(often_missed=["mild diabetic retinopathy"], referral=RULE.model_copy(update={"per_label": poor}))
    assert missed(both) == "Mild diabetic retinopathy and glaucoma are often missed."
    assert missed(card(often_missed=["drusen"])) == "Drusen is often missed."
    assert missed(card()) == "A negative result does not exclude disease."


@pytest.mark.parametrize(
    ("scores", "refer", "line"),
    [
        ({"normal": 0.7, "mild": 0.2, "severe": 0.1}, "no", "No sign found"),
        ({"normal": 0.1, "mild": 0.48, "severe": 0.42}, "yes", "Refer: signs of mild"),
    ],
)
def test_a_multiclass_model_names_one_class(scores: dict[str, float], refer: str, line: str) -> None:
    model = card(["normal", "mild", "severe"], task="multiclass")
    for limits in (None, rule(mild=0.3, severe=0.3)):
        found = judged(scores, limits, model)
        assert (found.refer, found.line, len(found.labels)) == (refer, line, int(refer == "yes"))


def test_classes_without_a_healthy_one_are_named_only() -> None:
    found = judged({"macula": 0.3, "disc": 0.7}, None, card(["macula", "disc"], task="multiclass"))
    assert (found.refer, found.line) == ("", "Most likely: disc")


def test_without_a_threshold_nothing_is_decided() -> None:
    assert judged(LOW, None, card()).refer == ""


@pytest.mark.parametrize(
    ("status", "reason", "refer", "line"),
    [
        ("ungradable", "too dark", "take_again", "Take again: too dark"),
        ("failed", "x.jpg is cut short", "", "Copy the file again: the file cannot be read"),
        ("not_fundus", "it has no colour", "not_fundus", "Not a fundus photograph"),
    ],
)
def test_refusals_say_what_to_do(status: str, reason: str, refer: str, line: str) -> None:
    found = refused(status, reason)
    assert (found.refer, found.line, found.why) == (refer, line, reason)
    assert found.advice and found.uncertain is None
