"""The model card: what must travel with weights for them to be used as they were validated.

Plain numbers and strings only; it is written as `card.json` and read back through validation, so a released
file that was edited into nonsense is refused with the field named.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from fundusfm.errors import WeightsError
from fundusfm.models.card.both_eyes import BothEyes
from fundusfm.models.card.graph import Graph
from fundusfm.models.card.label_names import known_names, name_of
from fundusfm.models.card.numbers import Bias, Name, Share, Spread, Temperature, Threshold
from fundusfm.models.card.parts import NetworkPart
from fundusfm.models.card.referral import ReferralRule
from fundusfm.models.card.results import Results
from fundusfm.runs import write_atomic

INTENDED_USE = (
    "Research use on colour fundus photographs. Not a medical device: no diagnosis, no treatment decision and no "
    "unsupervised screening may rest on its output."
)

UNKNOWN_LICENCE = "unknown: ask those who made the weights"
"""Licence of weights from elsewhere that came without terms."""


LARGEST = 4096
"""Side in pixels that no network here exceeds."""

MOST_LABELS = 1000

ALL = "*"
"""Key of a multiclass model's one temperature."""


class OperatingPoint(BaseModel):
    """A threshold chosen on validation predictions only.

    A score at or above the threshold is positive; sensitivity and specificity are those on the predictions
    that chose it.
    """

    model_config = ConfigDict(extra="forbid")

    threshold: Threshold
    sensitivity: Share
    specificity: Share


class TrainingData(BaseModel):
    """One data set that weights were fitted on.

    Attributes:
        patients: Patients that the data name; 0 where they name none.
        head: Only the head was fitted on it.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    rows: int = Field(ge=0)
    patients: int = Field(ge=0)
    hash: str
    select: str | None = None
    head: bool = False


class Step(BaseModel):
    """One step in the history of the weights."""

    model_config = ConfigDict(extra="forbid")

    what: str
    detail: dict[str, Any] = Field(default_factory=dict)


class Card(BaseModel):
    """Identity, lineage, contract and results of a bundle.

    Attributes:
        arguments: Constructor arguments of the timm model that differ from its defaults: these two only, since others
            could name files to load.
        strategy: How the backbone started and what it has seen; `imported` is one that was trained elsewhere.
        labels: One per output, in order; empty for a backbone without a head.
        label_definitions: What a positive of each label means in the training data.
        label_names: Labels in words, such as `Glaucoma` for `G`; see `name_of`.
        task: How outputs turn into scores: `multiclass` is a softmax, the others a sigmoid per label; `vessels` is a
            sigmoid per pixel, `structures` one per pixel and label.
        decoder: Decoder of a segmenter, over the backbone that `architecture` names; None for a classifier.
        parts: The networks of a bundle that holds several; `architecture`, `decoder` and `size` are then those of the
            first. Empty for one network.
        size: Side in pixels of the square crop that the network expects, which the field of view fills.
        mean: Per RGB channel, of values in 0..1.
        std: Per RGB channel, of values in 0..1.
        crop: Version of the FOV crop, such as `fov-v1`.
        views: Views of a photograph whose features, logits and maps are averaged; see `fundusfm.models.mirrors`.
        temperature: Logits are divided by it before they become probabilities; per label, or under `*`
            for a multiclass model.
        bias: Added to the divided logits, per label; only `fundusfm adapt` sets it.
        referral: Which eyes are referred; None where the labels give no rule.
        both_eyes: What the fellow eye adds to a score, where both eyes of a person were photographed; None where one
            eye alone is scored.
        metrics: What `Results.plain` returns: each value with its interval. Backbones have those of their validation.
        provenance: Where the training photographs come from, and their terms.
        limits: What the model must not be used for, and where it is known or expected not to hold.
        caveats: How its results are to be read, for those who judge the model; reports on people leave them out.
        calibration: What its probabilities are calibrated to, in a sentence.
        failures: Photographs on which it errs, in words.
        often_missed: Findings that it often misses, as they read in a sentence, such as "mild diabetic retinopathy".
        stored_bits: Bits of a stored weight of convolutions and linear layers; networks compute in 32 bits.
        graph: What `model.onnx` is; None where there is none.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    name: Name
    architecture: Name
    arguments: dict[Literal["global_pool", "fc_norm"], str | bool] = Field(default_factory=dict)
    strategy: Literal["scratch", "imagenet", "fundus", "imagenet+fundus", "imported"]
    lineage: list[Step] = Field(default_factory=list)
    training_data: list[TrainingData] = Field(default_factory=list)
    labels: list[Name] = Field(default_factory=list, max_length=MOST_LABELS)
    label_definitions: dict[str, str] = Field(default_factory=dict)
    label_names: dict[str, Name] = Field(default_factory=dict)
    task: Literal["binary", "multiclass", "multilabel", "vessels", "structures"] | None = None
    decoder: str | None = None
    parts: list[NetworkPart] = Field(default_factory=list)
    ordered: bool = False
    method: Literal["LF", "FF"] | None = None
    size: int = Field(gt=0, le=LARGEST)
    mean: list[Share] = Field(min_length=3, max_length=3)
    std: list[Spread] = Field(min_length=3, max_length=3)
    crop: str
    views: Literal[1, 2, 4] = 1
    operating_points: dict[str, dict[str, OperatingPoint]] = Field(default_factory=dict)
    temperature: dict[str, Temperature] = Field(default_factory=dict)
    bias: dict[str, Bias] = Field(default_factory=dict)
    referral: ReferralRule | None = None
    both_eyes: BothEyes | None = None
    metrics: dict[str, Any] = Field(default_factory=dict)
    code_version: str = ""
    licence: str = "not stated: the terms of the training data apply"
    provenance: str = ""
    intended_use: str = INTENDED_USE
    limits: list[str] = Field(default_factory=list)
    caveats: list[str] = Field(default_factory=list)
    calibration: str = ""
    failures: list[str] = Field(default_factory=list)
    often_missed: list[Name] = Field(default_factory=list)
    created: str = ""
    stored_bits: Literal[16, 32] = 32
    graph: Graph | None = None

    @field_validator("crop")
    @classmethod
    def _known_crop(cls, crop: str) -> str:
        from fundusfm.data.fov.detect import CROP_VERSION  # OpenCV, which listing weights need not wait for

        if crop != CROP_VERSION:
            raise ValueError(f"this version of fundusfm crops as {CROP_VERSION}, not as {crop[:40]!r}")
        return crop

    @field_validator("labels")
    @classmethod
    def _unique_labels(cls, labels: list[str]) -> list[str]:
        if twice := sorted({label for label in labels if labels.count(label) > 1}):
            raise ValueError(f"{', '.join(twice[:3])} is there more than once")
        return labels

    @field_validator("metrics")
    @classmethod
    def _readable_metrics(cls, metrics: dict[str, Any]) -> dict[str, Any]:
        try:
            Results.read(metrics)
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError("not the results of a run") from error
        return metrics

    @model_validator(mode="after")
    def _rule_of_these_labels(self) -> "Card":
        if self.referral and (unknown := sorted(self.referral.thresholds.keys() - set(self.labels))):
            raise ValueError(f"the referral rule has a threshold for {unknown[0]!r}, which is no label of the model")
        if self.both_eyes and (unknown := sorted(self.both_eyes.weights.keys() - set(self.labels))):
            raise ValueError(f"the term for both eyes has weights for {unknown[0]!r}, which is no label of the model")
        return self

    @property
    def names(self) -> dict[str, str]:
        """Labels in words: what the card says, else what is known of common labels."""
        return known_names(self.labels) | self.label_names

    def name_of(self, label: str) -> str:
        """Returns what a label is called in words; the label itself where nothing is known."""
        return name_of(label, self.names)

    @property
    def all_limits(self) -> list[str]:
        """The limits, how the results are to be read, and what the probabilities are calibrated to."""
        return [*self.limits, *self.caveats, *([self.calibration] if self.calibration else [])]

    def as_start(self) -> "Card":
        """Returns the card of what is trained on top of these weights, before it is: their lineage and licence stay.

        What was said and measured of these weights is not true of others: labels, results, limits, caveats, failures
        and provenance are empty. What only their head was fitted on is left out.
        """
        return self.model_copy(
            update={
                "training_data": [data for data in self.training_data if not data.head],
                "labels": [],
                "label_definitions": {},
                "label_names": {},
                "task": None,
                "method": None,
                "operating_points": {},
                "temperature": {},
                "bias": {},
                "referral": None,
                "both_eyes": None,
                "metrics": {},
                "provenance": "",
                "limits": [],
                "caveats": [],
                "calibration": "",
                "failures": [],
                "often_missed": [],
                "stored_bits": 32,
                "graph": None,
            }
        )

    def write(self, path: Path) -> None:
        """Writes the card as JSON, atomically."""
        write_atomic(path, self.model_dump_json(indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Card":
        """Reads a card.

        Raises:
            WeightsError: The file is missing or not a valid card; the sentence names the field.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise WeightsError(
                f"{path} is missing: a bundle is a folder with model.safetensors, config.json and "
                "card.json, as written by fundusfm pretrain, probe or finetune."
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            why = "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or error
            raise WeightsError(f"{path} cannot be read ({why}); copy the bundle again.", code="CARD") from None
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])[:100] or "the document"
            wrong = first["msg"].removeprefix("Value error, ")
            raise WeightsError(
                f"{path} is not a valid card: {field}: {wrong}. Copy the bundle again, or ask those who made it.",
                code="CARD",
            ) from None


def label_definition(label: str) -> str:
    """Returns what a positive of a label means, as far as its name tells."""
    return f"the manifest's column {label} is 1" if label.isidentifier() else f"the manifest says {label}"
