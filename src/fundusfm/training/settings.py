"""The settings of one fit, shared by pretraining and fine-tuning."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from fundusfm.errors import ConfigError

Precision = Literal["auto", "32-true", "bf16-mixed", "16-mixed"]
Keep = Literal["best", "last"]


@dataclass(frozen=True)
class FitSettings:
    """How a network is fitted.

    Attributes:
        epochs: Passes over the training part.
        batch_size: Images per step and process.
        learning_rate: Peak of AdamW's rate, for the head; deeper layers get less by `layer_decay`.
        weight_decay: AdamW's.
        layer_decay: Factor of the rate from one layer group to the one below it; 1 treats all alike.
        warmup_epochs: Epochs (or part of one) of linear warm-up before the cosine decay.
        patience: Epochs without a better validation AUROC before the fit stops; 0 never stops early.
        accumulate: Batches per optimiser step.
        ema_decay: Ceiling of the decay of the averaged weights; it warms up, so short fits average too.
        keep: Averaged weights of the `best` epoch by validation AUROC, or of the `last`.
        mixup: Strength of mixup; 0 does none.
        balance: Weigh positives by the square root of negatives over positives.
        precision: `auto` takes bf16 where the hardware computes it, else 32-bit floats.
        devices: Processes on this machine (GPUs, where there are any).
        nodes: Machines.
        workers: Loader processes per training process.
        seed: Fixes order, augmentation and initial head.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float = 0.05
    layer_decay: float = 1.0
    warmup_epochs: float = 0.5
    patience: int = 0
    accumulate: int = 1
    ema_decay: float = 0.998
    keep: Keep = "best"
    mixup: float = 0.0
    balance: bool = True
    precision: Precision = "auto"
    devices: int = 1
    nodes: int = 1
    workers: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses values out of range.

        Raises:
            ConfigError: Names the option, its value and its range.
        """
        for name in ("epochs", "batch_size", "accumulate", "devices", "nodes"):
            if getattr(self, name) < 1:
                raise ConfigError(f"--{name} is {getattr(self, name)}; it must be at least 1.")
        if self.learning_rate <= 0:
            raise ConfigError(f"--learning_rate is {self.learning_rate}; it must be above 0.")
        for name in ("layer_decay", "ema_decay"):
            if not 0 < getattr(self, name) <= 1:
                raise ConfigError(f"--{name} is {getattr(self, name)}; it must be above 0 and at most 1.")
        for name in ("weight_decay", "warmup_epochs", "patience", "mixup", "workers"):
            if getattr(self, name) < 0:
                raise ConfigError(f"--{name} is {getattr(self, name)}; it must not be negative.")


def fit_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns those of a command's options that are settings of a fit, in the order of `FitSettings`."""
    return {field.name: options[field.name] for field in fields(FitSettings) if field.name in options}
