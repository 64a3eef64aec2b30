"""Options of `fundusfm evaluate`, `adapt`, `evidence` and `compare`."""

from dataclasses import dataclass

from fundusfm.config.shared import BackboneOptions, ComputingOptions, OutputFolder, ResumableFolder
from fundusfm.config.types import Column, Expression, Folder, InputPath, Label, OperatingPoint, Task, Weights


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig(OutputFolder, BackboneOptions, ComputingOptions):
    """Options of `fundusfm evaluate`.

    Attributes:
        weights: A bundle's path, a name from `fundusfm weights list`, or `scratch` or `imagenet` (untrained head).
        data: Stores, or manifests, which are prepared for this run only; NAME=PATH names a set.
        labels: Labels of the bundle. LABEL=COLUMN, or LABEL=COMPARISON such as `abnormal=dr_grade>=1`, says where the
            data hold it under another name. For a multiclass bundle the one column that holds the classes.
        task: As the bundle says; to be given only for weights without a head.
        by: Columns to report subgroups of, such as sex, eye or age.
        against: Run folder to test against on the images both have judged (DeLong and bootstrap).
        both_eyes: Score an eye whose fellow eye is there together with it, as `predict` does; the columns patient and
            eye (and visit) say which photographs these are.
        select: Keep the rows where this holds, such as `quality == good`; a set without the column is kept whole.
        size: Input size in pixels, with --weights scratch or imagenet; 224, or the first store's, by default.
        batch_size: Images per forward pass.
        repeats: Bootstrap resamples.
        seed: Fixes resamples and random weights.
    """

    weights: Weights
    data: list[InputPath]
    labels: list[Label]
    task: Task | None = None
    by: list[Column] | None = None
    against: Folder | None = None
    both_eyes: bool = False
    select: Expression | None = None
    size: int | None = None
    batch_size: int = 64
    repeats: int = 1000
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class AdaptConfig(ResumableFolder):
    """Options of `fundusfm adapt`.

    Attributes:
        weights: Bundle with a head, run folder that holds one, or listed name.
        data: Local photographs: a store, or a manifest, which is prepared for this run only; NAME=PATH names the set.
        labels: Labels of the bundle; all that the data hold, by default. LABEL=COLUMN, or LABEL=COMPARISON such as
            `abnormal=dr_grade>=1`, says where the data hold it under another name.
        unlabelled: The photographs have no labels: estimate how frequent each label is, and change nothing else.
        specificity: Least specificity of the referral rule; that of the bundle's rule by default.
        sensitivity: Least sensitivity of the referral rule, instead of a specificity.
        half_width: Half of the widest 95 % interval that the rule's specificity or sensitivity may have here; with
            fewer photographs than that takes, nothing is fitted.
        prevalence: LABEL=SHARE: how frequent a label is where the model will be used, if not as among these
            photographs.
        select: Keep the rows of --data where this holds, such as `quality == good`.
        folds: Number of folds, grouped by patient, by which the gain is measured.
        batch_size: Images per forward pass.
        seed: Random seed of folds and resamples.
    """

    weights: Weights
    data: InputPath
    labels: list[Label] | None = None
    unlabelled: bool = False
    specificity: float | None = None
    sensitivity: float | None = None
    half_width: float = 0.1
    prevalence: list[str] | None = None
    select: Expression | None = None
    folds: int = 5
    batch_size: int = 64
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class EvidenceConfig(OutputFolder):
    """Options of `fundusfm evidence`.

    Attributes:
        run: Finished run of evaluate, probe or finetune.
        prevalence: Shares of the programme's photographs that show the disease, such as 0.12; one or several.
        operating_point: Stored threshold that decides about labels.
        by: Columns that form subgroups; all that the run kept, by default.
        grader_sensitivity: Share of the diseased that a first grader refers. The default is the least that the British
            Diabetic Association asks of screening for diabetic retinopathy.
        grader_specificity: Share of the healthy that a first grader does not refer; likewise.
        repeats: Bootstrap resamples.
        seed: Fixes the resamples.
    """

    run: Folder
    prevalence: list[float]
    operating_point: OperatingPoint = "youden"
    by: list[Column] | None = None
    grader_sensitivity: float = 0.8
    grader_specificity: float = 0.95
    repeats: int = 1000
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class CompareConfig(OutputFolder):
    """Options of `fundusfm compare`.

    Attributes:
        runs: Finished runs of `fundusfm probe` or `fundusfm finetune`; NAME=RUN names a row, otherwise the folder does.
            A probe and a fine-tuning of one network may share a name.
        reference: Name of the row that the others are tested against; the first by default.
    """

    runs: list[Folder]
    reference: str | None = None
