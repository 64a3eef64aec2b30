"""What the fellow eye adds to a score: a few numbers for each label, and what they were measured to bring."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fundusfm.models.card.numbers import Bias, Temperature
from fundusfm.models.card.referral import Proportion

Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class FellowWeights(BaseModel):
    """How the score of one label takes in the fellow eye's.

    The logit of the score from both eyes is `own * a + fellow * b + bias`, where a and b are the logits of the two
    scores from one eye each. Its probability is the sigmoid of `logit / temperature + shift`.
    """

    model_config = ConfigDict(extra="forbid")

    own: Weight
    fellow: Weight
    bias: Bias
    temperature: Temperature
    shift: Bias


class BothEyes(BaseModel):
    """The term for both eyes of a person.

    Scores from both eyes are on the scale of scores from one eye: about as many eyes without a label reach any
    threshold, so one set of thresholds holds for both.

    Attributes:
        weights: By label. A label that is not here is scored by one eye alone: the fellow eye tells nothing of it.
        eyes: Out-of-fold scores of eyes with a fellow eye that the weights were fitted to.
        specificity: Share of normal eyes that the referral rule does not refer, in the folds, where an eye that has a
            fellow is scored with it; None without a rule.
        sensitivity: Share of eyes with any referable label that it refers, likewise.
    """

    model_config = ConfigDict(extra="forbid")

    weights: dict[str, FellowWeights] = Field(min_length=1)
    eyes: int = Field(ge=1)
    specificity: Proportion | None = None
    sensitivity: Proportion | None = None
