"""The model card: all that must travel with weights so that they are used as they were validated.

Plain numbers and strings only; it is written as `card.json` and read back through validation, so a released
file that was edited into nonsense is refused with the field named.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fundusfm.errors import WeightsError
from fundusfm.runs import write_atomic

INTENDED_USE = (
    "Research use on colour fundus photographs. Not a medical device: no diagnosis, no treatment decision and no "
    "unsupervised screening may rest on its output."
)

UNKNOWN_LICENCE = "unknown: ask those who made the weights"
"""Of weights from elsewhere that came without terms."""


class OperatingPoint(BaseModel):
    """A threshold chosen on validation predictions only.

    A score at or above the threshold is positive; sensitivity and specificity are those on the predictions
    that chose it.
    """

    model_config = ConfigDict(extra="forbid")

    threshold: float
    sensitivity: float
    specificity: float


class TrainingData(BaseModel):
    """One data set that weights were fitted on.

    Attributes:
        patients: Patients that the data name; 0 where they name none.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    rows: int
    patients: int
    hash: str
    select: str | None = None


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
        task: How outputs turn into scores: `multiclass` is a softmax, the others a sigmoid per label; `vessels` is a
            sigmoid per pixel.
        decoder: Of a segmenter, over the backbone that `architecture` names; None for a classifier.
        size: Side in pixels of the square crop that the network expects, which the field of view fills.
        mean: Per RGB channel, of values in 0..1.
        std: Per RGB channel, of values in 0..1.
        crop: Version of the FOV crop, such as `fov-v1`.
        temperature: Logits are divided by it before they become probabilities; per label, or under `*`
            for a multiclass model.
        metrics: `cv`, `external` and `subgroups` as in a run's `metrics.json`: each value with its interval.
        provenance: Where the training photographs come from, and their terms.
        limits: What the model must not be used for, and where it is known or expected not to hold.
        failures: Photographs on which it errs, in words.
    """

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    name: str
    architecture: str
    arguments: dict[Literal["global_pool", "fc_norm"], str | bool] = Field(default_factory=dict)
    strategy: Literal["scratch", "imagenet", "fundus", "imagenet+fundus", "imported"]
    lineage: list[Step] = Field(default_factory=list)
    training_data: list[TrainingData] = Field(default_factory=list)
    labels: list[str] = Field(default_factory=list)
    label_definitions: dict[str, str] = Field(default_factory=dict)
    task: Literal["binary", "multiclass", "multilabel", "vessels"] | None = None
    decoder: str | None = None
    ordered: bool = False
    method: Literal["LF", "FF"] | None = None
    size: int = Field(gt=0)
    mean: list[float] = Field(min_length=3, max_length=3)
    std: list[float] = Field(min_length=3, max_length=3)
    crop: str
    operating_points: dict[str, dict[str, OperatingPoint]] = Field(default_factory=dict)
    temperature: dict[str, float] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    code_version: str = ""
    licence: str = "not stated: the terms of the training data apply"
    provenance: str = ""
    intended_use: str = INTENDED_USE
    limits: list[str] = Field(default_factory=list)
    failures: list[str] = Field(default_factory=list)
    created: str = ""

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
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "the document"
            raise WeightsError(f"{path} is not a valid card: {field}: {first['msg']}.") from None


def label_definition(label: str) -> str:
    """Returns what a positive of a label means, as far as its name tells."""
    return f"the manifest's column {label} is 1" if label.isidentifier() else f"the manifest says {label}"
