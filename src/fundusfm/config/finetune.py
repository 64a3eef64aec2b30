"""Options of `fundusfm finetune`."""

from dataclasses import dataclass

from fundusfm.config.fit import FitOptions
from fundusfm.config.shared import AdaptationConfig


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig(AdaptationConfig, FitOptions):
    """Options of `fundusfm finetune`.

    Attributes:
        patience: Epochs without a better validation AUROC before a fit stops; 0 never stops early.
        validation_share: Share of the training patients that chooses the epoch.
    """

    layer_decay: float = 0.9
    patience: int = 3
    validation_share: float = 0.15
    pos_weight: bool = False
