"""The text beside released weights."""

import re

from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.card.readme import card_text, readme
from fundusfm.models.card.referral import Proportion, ReferralRule
from fundusfm.models.card.schema import Card, OperatingPoint, Step, TrainingData


def test_readme_says_what_the_card_does() -> None:
    card = Card(
        name="tiny_LF_abnormal",
        architecture="mobilenetv2_035",
        strategy="fundus",
        size=64,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        crop="fov-v1",
        labels=["abnormal"],
        task="binary",
        method="LF",
        label_definitions={"abnormal": "any lesion"},
        lineage=[Step(what="random weights"), Step(what="probe")],
        training_data=[TrainingData(name="clinic", rows=40, patients=20, hash="01234567abcdef", select="a=1")],
        operating_points={"abnormal": {"youden": OperatingPoint(threshold=0.25, sensitivity=0.9, specificity=0.8)}},
        referral=ReferralRule(
            goal="specificity",
            target=0.8,
            thresholds={"abnormal": 0.3},
            specificity=Proportion(value=0.8, low=0.76, high=0.84),
            sensitivity=Proportion(value=0.9, low=0.85, high=0.94),
        ),
        both_eyes=BothEyes(
            weights={"abnormal": FellowWeights(own=0.87, fellow=0.2, bias=0, temperature=1, shift=0)},
            eyes=38,
            specificity=Proportion(value=0.81, low=0.77, high=0.85),
            sensitivity=Proportion(value=0.92, low=0.87, high=0.96),
        ),
        metrics={
            "cv": {"abnormal": {"auroc": {"mean": 0.8, "low": 0.7, "high": 0.9}}},
            "both_eyes": {
                "cv": {"abnormal": {"auroc": {"mean": 0.84, "low": 0.74, "high": 0.91}}},
                "paired": {"cv": {"abnormal": {"bootstrap": {"difference": 0.04, "low": 0.01, "high": 0.07}}}},
            },
        },
    )
    text = readme(card, ["Give it a photograph."])
    for part in (
        "# tiny_LF_abnormal",
        "`abnormal`: any lesion",
        "clinic: 40 photographs of 20 patients where `a=1`",
        "2. probe",
        "Fitted to 38 out-of-fold scores",
        "does not refer 81.0% (77.0% to 85.0%) of the normal eyes, and refers 92.0% (87.0% to 96.0%)",
        "| abnormal | 0.840 (0.740 to 0.910) | +0.040 (0.010 to 0.070) | 0.87, 0.20 |",
        "| abnormal | youden | 0.2500 | 0.900 | 0.800 |",
        "Not a medical device",
        "Of the normal eyes 80.0% (76.0% to 84.0%) are not referred",
        "| Any abnormality | `abnormal` | – | – | 0.3000 |",
        "## Use\n\nGive it a photograph.",
    ):
        assert part in re.sub(" +", " ", text)


def test_headless_text_has_no_tables() -> None:
    card = Card(
        name="backbone",
        architecture="resnet50",
        strategy="imagenet",
        size=224,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        crop="fov-v1",
    )
    assert "Labels:" not in card_text(card) and "|" not in card_text(card) and "## Use" not in card_text(card)


def test_words_of_the_release_are_told() -> None:
    card = Card(
        name="light",
        architecture="resnet50",
        strategy="fundus",
        size=224,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        crop="fov-v1",
        provenance="Public photographs.",
        limits=["No children."],
        failures=["Asteroid hyalosis."],
    )
    text = card_text(card)
    assert text.index("Limits:\n\n- No children.") < text.index("Public photographs.")
    assert "## Where it errs\n\n- Asteroid hyalosis." in text
