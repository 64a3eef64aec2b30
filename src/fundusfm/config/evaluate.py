"""Options of `fundusfm evaluate`."""

from dataclasses import dataclass

from fundusfm.config.shared import BackboneOptions, OutputFolder
from fundusfm.config.types import Column, Expression, Folder, InputPath, Label, Task, Weights


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig(OutputFolder, BackboneOptions):
    """Options of `fundusfm evaluate`.

    Attributes:
        weights: A bundle's path, a name from `fundusfm weights list`, or `scratch` or `imagenet` (untrained head).
        data: Stores, or manifests, which are prepared for this run only; NAME=PATH names a set.
        labels: Labels of the bundle. LABEL=COLUMN, or LABEL=COMPARISON such as `abnormal=dr_grade>=1`, says where the
            data hold it under another name. For a multiclass bundle the one column that holds the classes.
        task: As the bundle says; to be given only for weights without a head.
        by: Columns to report subgroups of, such as sex, eye or age.
        against: Run folder to test against on the images both have judged (DeLong and bootstrap).
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
    select: Expression | None = None
    size: int | None = None
    batch_size: int = 64
    repeats: int = 1000
    seed: int = 0
