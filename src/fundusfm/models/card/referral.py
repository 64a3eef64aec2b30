"""The referral rule of a card: an eye is referred if the score of any label reaches that label's threshold."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fundusfm.models.card.numbers import Share, Threshold

REFERRAL = "referral"
"""Name of the rule's thresholds among the operating points of `--operating-point`."""

Goal = Literal["specificity", "sensitivity"]


class Proportion(BaseModel):
    """A share of eyes with its 95 % interval."""

    model_config = ConfigDict(extra="forbid")

    value: Share
    low: Share
    high: Share


class LabelSensitivity(Proportion):
    """Share of the eyes with a label that the rule refers, for whatever label it refers them.

    Attributes:
        positives: Number of these eyes.
    """

    positives: int = Field(ge=0)


class ReferralRule(BaseModel):
    """Thresholds that were chosen jointly, under one budget of false alarms.

    The figures are cross-fitted: each eye is judged by thresholds that eyes of other patients chose.

    Attributes:
        goal: What the thresholds were chosen for.
        target: The specificity or sensitivity that was asked for.
        thresholds: By label, on uncalibrated scores; labels that mean healthy, or that were absent, have none.
        specificity: Share of the normal eyes that are not referred; None where several models are averaged.
        sensitivity: Share of the eyes with any referable label that are referred; None likewise.
        per_label: Sensitivity for each label.
    """

    model_config = ConfigDict(extra="forbid")

    goal: Goal
    target: Share
    thresholds: dict[str, Threshold] = Field(min_length=1)
    specificity: Proportion | None = None
    sensitivity: Proportion | None = None
    per_label: dict[str, LabelSensitivity] = Field(default_factory=dict)
