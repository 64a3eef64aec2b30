"""Types of options: what a value is, and the word that stands for it in the help."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal


@dataclass(frozen=True)
class Metavar:
    """The word that stands for an option's value in the help, such as FILE."""

    word: str


File = Annotated[str, Metavar("FILE")]
Folder = Annotated[str, Metavar("FOLDER")]
InputPath = Annotated[str, Metavar("PATH")]
StorePath = Annotated[str, Metavar("STORE")]
ManifestPath = Annotated[str, Metavar("MANIFEST")]
Weights = Annotated[str, Metavar("BUNDLE")]
Column = Annotated[str, Metavar("COLUMN")]
Label = Annotated[str, Metavar("LABEL")]
Expression = Annotated[str, Metavar("EXPRESSION")]
Date = Annotated[str, Metavar("DATE")]
Minutes = Annotated[float, Metavar("MINUTES")]
TimmModel = Annotated[str, Metavar("MODEL")]

Task = Literal["binary", "multiclass", "multilabel"]
Method = Literal["LF", "FF"]
Precision = Literal["auto", "32-true", "bf16-mixed", "16-mixed"]
Checkpoint = Literal["best", "last"]
Augmentation = Literal["standard", "cameras"]
Structure = Literal["vessels", "artery_vein", "disc", "lesions"]
StrategyName = Literal["scratch", "imagenet", "fundus", "imagenet+fundus"]
OperatingPoint = Literal["youden", "sensitivity_0.95", "specificity_0.95", "referral"]


class Strategy(StrEnum):
    """How a backbone starts and what it has seen (Jang et al., arXiv 2408.08790)."""

    SCRATCH = "scratch"
    IMAGENET = "imagenet"
    FUNDUS = "fundus"
    IMAGENET_FUNDUS = "imagenet+fundus"

    @property
    def from_imagenet(self) -> bool:
        """Whether training starts from ImageNet weights rather than random ones."""
        return self in (Strategy.IMAGENET, Strategy.IMAGENET_FUNDUS)

    @property
    def sees_fundus(self) -> bool:
        """Whether the backbone is trained on fundus photographs."""
        return self in (Strategy.FUNDUS, Strategy.IMAGENET_FUNDUS)
