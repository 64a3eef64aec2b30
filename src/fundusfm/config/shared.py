"""Options that several commands share, each written and documented once."""

from dataclasses import dataclass

from fundusfm.config.types import Column, Expression, File, Folder, Label, StorePath, Task, TimmModel, Weights


@dataclass(frozen=True, kw_only=True)
class OutputFolder:
    """A folder that the command writes.

    Attributes:
        out: Folder to write.
        overwrite: Replace what is there.
    """

    out: Folder
    overwrite: bool = False


@dataclass(frozen=True, kw_only=True)
class ResumableFolder(OutputFolder):
    """A folder in which a stopped command can be continued.

    Attributes:
        resume: Continue a run that was stopped; the result is the same as without the stop.
    """

    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class BackboneOptions:
    """A backbone that is built rather than loaded from a bundle.

    Attributes:
        backbone: timm model name, with `scratch` and `imagenet`, and for a file whose names do not tell it.
        imagenet_weights: File of ImageNet weights with timm keys; without it those of the extra `[imagenet]` are taken,
            else timm downloads its own.
    """

    backbone: TimmModel | None = None
    imagenet_weights: File | None = None


@dataclass(frozen=True, kw_only=True)
class ComputingOptions:
    """Where a network that looks at photographs runs.

    Attributes:
        device: What computes: `auto` (a graphics card where there is one), `cpu`, `cuda`, or an execution provider of
            the installed ONNX Runtime, such as `openvino`.
    """

    device: str = "auto"


@dataclass(frozen=True, kw_only=True)
class AdaptationConfig(ResumableFolder, BackboneOptions):
    """What linear probing and fine-tuning share.

    Attributes:
        data: Store of the downstream data, as made by `fundusfm data prepare`; NAME=PATH names it.
        labels: Columns of 0 and 1, or comparisons such as `dr_grade>=2` and `abnormal=Diagnosis!=normal`; for a
            multiclass task the one class column.
        weights: Bundle, run folder that holds one, listed name, file of weights, timm name of a backbone (its ImageNet
            weights), `scratch` or `imagenet`.
        task: `binary` (one label), `multilabel` (several) or `multiclass` (classes that exclude each other).
        folds: Number of folds, grouped by patient and stratified by label.
        fraction: Share of the training patients used, above 0 and at most 1. Smaller shares are part of larger ones.
        external: Stores that tune nothing and are scored by the final bundle; NAME=PATH names one.
        select: Keep the rows of --data where this holds, such as `part == 'downstream'`.
        specificity: Least specificity of the referral rule as a whole, which refers an eye if any label says so.
        sensitivity: Least sensitivity of the referral rule as a whole, instead of a specificity.
        views: Views of a photograph whose features are averaged: 1, 2 (also mirrored) or 4 (also upside down). Each
            costs the time of one. Mirroring a crop then changes no score, and a backbone that was trained on flipped
            photographs ranks somewhat better. By default as many as the weights have.
        both_eyes: Also fit what the fellow eye adds to a score, where the columns patient and eye (and visit) say which
            photographs show both eyes of a person.
        by: Columns to report subgroups of, such as sex and eye.
        seed: Random seed.
    """

    data: StorePath
    labels: list[Label]
    weights: Weights
    task: Task = "binary"
    folds: int = 5
    fraction: float = 1.0
    external: list[StorePath] | None = None
    select: Expression | None = None
    specificity: float = 0.8
    sensitivity: float | None = None
    views: int | None = None
    both_eyes: bool = False
    by: list[Column] | None = None
    seed: int = 0
