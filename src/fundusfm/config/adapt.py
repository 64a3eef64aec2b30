"""Options of `fundusfm adapt`."""

from dataclasses import dataclass

from fundusfm.config.shared import ResumableFolder
from fundusfm.config.types import Expression, InputPath, Label, Weights


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
