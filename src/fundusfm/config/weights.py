"""Options of the commands `fundusfm weights ...`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.shared import OutputFolder
from fundusfm.config.types import File, Folder, InputPath, TimmModel, Weights


@dataclass(frozen=True, kw_only=True)
class ListWeightsConfig:
    """Options of `fundusfm weights list`.

    Attributes:
        json: Print JSON instead of a table.
    """

    json: bool = False


@dataclass(frozen=True, kw_only=True)
class ShowWeightsConfig:
    """Options of `fundusfm weights show`.

    Attributes:
        name: A listed name, or the path of a bundle or of a run that holds one.
        json: Print the card as it is stored, with all its metrics.
    """

    name: str
    json: bool = False


@dataclass(frozen=True, kw_only=True)
class ExportWeightsConfig(OutputFolder):
    """Options of `fundusfm weights export`.

    Attributes:
        weights: Path of a bundle or of a run that holds one, or a name from `fundusfm weights list`.
        format: What to write.
        evaluations: Runs whose results the card shall hold: those of fundusfm evaluate, which must be of these weights,
            and for the folds' results of probe, finetune or segment train.
        statements: YAML file with what only people know: name, licence, provenance, intended_use, label_definitions,
            limits, caveats, failures and often_missed; each replaces what the card says.
        half: Store weights in 16-bit floats, in half the space (timm and bundle). Networks compute in 32 bits as
            before.
    """

    weights: Weights
    format: Literal["timm", "torch", "onnx", "bundle"]
    evaluations: list[Folder] | None = None
    statements: File | None = None
    half: bool = False


@dataclass(frozen=True, kw_only=True)
class ImportWeightsConfig:
    """Options of `fundusfm weights import`.

    Attributes:
        source: Folder of a bundle, zip of one, file (.safetensors, .pth, .pt, .bin, .ckpt, .pickle), or
            hf:OWNER/REPO[@REVISION], which downloads.
        name: Name for --weights: letters, digits and `. _ + -`.
        backbone: timm model name, where it cannot be told from names and shapes.
        size: Side of the input in pixels, if not that of the weights.
        licence: Terms of the weights, for the card of weights that bring none.
        sha256: Checksum of the archive, the file, or a bundle's model.safetensors; another one is refused.
    """

    source: InputPath
    name: str
    backbone: TimmModel | None = None
    size: int | None = None
    licence: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class PublishWeightsConfig:
    """Options of `fundusfm weights publish`.

    Attributes:
        weights: A bundle's path, or a name from `fundusfm weights list`.
        to: hf:OWNER/REPO, made if it does not exist, or hf:OWNER/REPO@BRANCH of one that does.
        private: Only for those who have access to the repository.
    """

    weights: Weights
    to: str
    private: bool = False
