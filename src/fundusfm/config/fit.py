"""Options of one fit, shared by pretraining, fine-tuning and the training of segmenters."""

from dataclasses import dataclass, fields
from typing import Any

from fundusfm.config.types import Augmentation, Checkpoint, Precision
from fundusfm.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class CommonFitOptions:
    """How any network is fitted.

    Attributes:
        epochs: Number of passes over the training part.
        batch_size: Images per step and process.
        learning_rate: Peak learning rate of AdamW.
        weight_decay: Weight decay of AdamW.
        warmup_epochs: Epochs of linear warm-up before the cosine decay.
        ema_decay: Highest decay of the averaged weights; it is warmed up, so short fits average too.
        precision: `auto` uses bf16 where the hardware supports it, else 32-bit floats.
        workers: Loader processes per training process.
        seed: Random seed.
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 0.05
    warmup_epochs: float = 0.5
    ema_decay: float = 0.998
    precision: Precision = "auto"
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class FitOptions(CommonFitOptions):
    """How a classifier is fitted.

    Attributes:
        layer_decay: Factor of the learning rate from one layer group to the one below it; 1 treats all alike.
        accumulate_grad_batches: Batches per optimiser step.
        mixup: Strength of mixup, such as 0.4, against overfitting; 0 turns it off.
        pos_weight: Weight positives by the square root of negatives over positives.
        freeze_stages: Stages of the backbone, with its stem, that stay as they are: they show edges and colours, and at
            large sizes cost the most. 0 trains all of it.
        augment: How training photographs are changed: `standard`, or `cameras`, which adds white balance, blur and JPEG
            compression as cameras and archives differ in them.
    """

    layer_decay: float = 1.0
    accumulate_grad_batches: int = 1
    mixup: float = 0.0
    pos_weight: bool = True
    freeze_stages: int = 0
    augment: Augmentation = "standard"


@dataclass(frozen=True, kw_only=True)
class FitSettings(FitOptions):
    """All settings of a fit; a command leaves those that it does not offer at their defaults.

    Attributes:
        patience: Epochs without a better validation AUROC before the fit stops; 0 never stops early.
        checkpoint: Averaged weights of the `best` epoch by validation AUROC, or of the `last`.
        devices: Processes on this machine (GPUs, where there are any).
        nodes: Number of machines.
    """

    patience: int = 0
    checkpoint: Checkpoint = "best"
    devices: int = 1
    nodes: int = 1

    def __post_init__(self) -> None:
        """Refuses values out of range.

        Raises:
            ConfigError: Names the option, its value and its range.
        """
        for name in ("epochs", "batch_size", "accumulate_grad_batches", "devices", "nodes"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{_option(name)} is {getattr(self, name)}; it must be at least 1.", code="RANGE")
        if self.learning_rate <= 0:
            raise ConfigError(f"--learning-rate is {self.learning_rate}; it must be above 0.", code="RANGE")
        for name in ("layer_decay", "ema_decay"):
            if not 0 < getattr(self, name) <= 1:
                raise ConfigError(
                    f"{_option(name)} is {getattr(self, name)}; it must be above 0 and at most 1.", code="RANGE"
                )
        for name in ("weight_decay", "warmup_epochs", "patience", "mixup", "workers", "freeze_stages"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{_option(name)} is {getattr(self, name)}; it must not be negative.", code="RANGE")


def fit_settings(options: object) -> FitSettings:
    """Returns the settings of a fit that a command's configuration declares, checked.

    Args:
        options: Configuration of the command, a dataclass.

    Raises:
        ConfigError: An option is out of range.
    """
    return FitSettings(**fit_detail(options))


def fit_detail(options: object) -> dict[str, Any]:
    """Returns those options of a command that are settings of a fit, for its card."""
    return {field.name: getattr(options, field.name) for field in fields(FitSettings) if hasattr(options, field.name)}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
