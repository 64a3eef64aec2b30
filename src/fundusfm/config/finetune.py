"""Options of `fundusfm finetune`."""

from dataclasses import dataclass

from fundusfm.config.fit import FitOptions
from fundusfm.config.shared import AdaptationConfig
from fundusfm.config.types import Checkpoint


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig(AdaptationConfig, FitOptions):
    """Options of `fundusfm finetune`.

    Attributes:
        patience: Epochs without a better validation AUROC before a fit stops; 0 never stops early.
        validation_share: Share of the training patients that chooses the epoch.
        checkpoint: The epoch with the `best` validation AUROC, or the `last`, where few validation photographs choose
            badly.
    """

    layer_decay: float = 0.9
    patience: int = 3
    validation_share: float = 0.15
    checkpoint: Checkpoint = "best"
    pos_weight: bool = False
