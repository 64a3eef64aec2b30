"""Options of `fundusfm pretrain`."""

from dataclasses import dataclass

from fundusfm.config.fit import FitOptions
from fundusfm.config.shared import BackboneOptions, ResumableFolder
from fundusfm.config.types import Checkpoint, Expression, Label, StorePath, StrategyName, Weights


@dataclass(frozen=True, kw_only=True)
class PretrainConfig(ResumableFolder, BackboneOptions, FitOptions):
    """Options of `fundusfm pretrain`.

    Attributes:
        strategy: How the backbone starts and what it sees.
        train: Stores to train on, as made by `fundusfm data prepare`.
        labels: Columns of 0 and 1, or comparisons such as `dr_grade>=2` and `abnormal=Diagnosis!=normal`.
        size: Input size in pixels; the stores' own by default.
        select: Keep the rows where this holds, such as `part == 'upstream'`; a store without the column is kept whole.
        weights: Bundle of an earlier fundus or imagenet+fundus run to go on from, such as one of a smaller size
            (progressive resizing), instead of the strategy's own start.
        checkpoint: The epoch with the `best` validation AUROC, or the `last`, where few validation photographs choose
            badly.
        validation_share: Share of the patients that validate every epoch and train nothing.
        devices: Processes on this machine.
        nodes: Machines.
    """

    strategy: StrategyName
    train: list[StorePath] | None = None
    labels: list[Label] | None = None
    size: int | None = None
    select: Expression | None = None
    weights: Weights | None = None
    warmup_epochs: float = 1.0
    checkpoint: Checkpoint = "best"
    validation_share: float = 0.1
    devices: int = 1
    nodes: int = 1
