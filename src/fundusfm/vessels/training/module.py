"""What one training step of a segmenter does, as a Lightning module."""

import time
from collections.abc import Callable
from typing import Any

import lightning
import torch
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV3
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.models.inference import to_input
from fundusfm.vessels.training.loss import dice_counts, vessel_loss
from fundusfm.vessels.training.patches import Batch


class SegmentModule(lightning.LightningModule):
    """Fits a segmentation network and keeps an average of its weights, which is what the fit leaves.

    There is no validation part: with twenty photographs it would cost more than it tells. The rate decays to nearly
    nothing and the weights are averaged, so that the last epoch is as good as any.

    Args:
        network: float (n, 3, h, w) normalised to logits (n, passes, h, w); what takes no gradients stays as it is.
        settings: How to fit.
        steps: Optimiser steps of the whole fit.
        encoder_rate: Share of the learning rate that the encoder gets.
        mean: Per channel, of values in 0..1.
        std: Per channel, of values in 0..1.
        log_line: Takes a line per epoch.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        settings: FitSettings,
        steps: int,
        encoder_rate: float,
        mean: list[float],
        std: list[float],
        log_line: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.network = network
        self.average = ModelEmaV3(network, decay=settings.ema_decay, use_warmup=True)
        self.average.requires_grad_(False)
        self.history: list[dict[str, float]] = []
        self._settings, self._steps, self._encoder_rate = settings, steps, encoder_rate
        self._mean, self._std, self._log_line = mean, std, log_line
        self._losses: list[torch.Tensor] = []
        self._dice: list[torch.Tensor] = []

    def configure_optimizers(self) -> Any:
        """AdamW with a rate of its own for the encoder, linear warm-up and cosine decay, stepped per batch."""
        settings = self._settings
        optimizer = torch.optim.AdamW(self._groups(), lr=settings.learning_rate)
        warmup = min(self._steps - 1, round(settings.warmup_epochs * self._steps / settings.epochs))
        scheduler = CosineLRScheduler(
            optimizer,
            t_initial=self._steps,
            warmup_t=warmup,
            warmup_lr_init=0.0,
            warmup_prefix=False,
            lr_min=settings.learning_rate * 0.001,
            t_in_epochs=False,
        )
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def _groups(self) -> list[dict[str, Any]]:
        """Encoder and rest, each with and without weight decay: biases and normalisation are not decayed."""
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, parameter in self.network.named_parameters():
            if parameter.requires_grad:
                key = name.startswith("encoder."), parameter.ndim > 1
                groups.setdefault(key, []).append(parameter)
        rate, decay = self._settings.learning_rate, self._settings.weight_decay
        return [
            {
                "params": parameters,
                "lr": rate * self._encoder_rate if in_encoder else rate,
                "weight_decay": decay if decayed else 0.0,
            }
            for (in_encoder, decayed), parameters in groups.items()
        ]

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """timm's schedules are functions of the step number."""
        scheduler.step_update(self.global_step)

    def on_train_epoch_start(self) -> None:
        """Seeds dropout and the like by seed and epoch, so a resumed epoch repeats exactly."""
        torch.manual_seed(hash((self._settings.seed, self.current_epoch)) % 2**63)
        self.network.train()
        self._losses.clear()
        self._dice.clear()
        self._started = time.monotonic()

    def training_step(self, batch: Batch, _: int) -> torch.Tensor:
        """One batch of (uint8 patches, targets, numbers)."""
        images, targets, _numbers = batch
        logits = self.network(to_input(images, self._mean, self._std))
        loss = vessel_loss(logits, targets)
        self._losses.append(loss.detach())
        self._dice.append(dice_counts(logits.detach(), targets))
        return loss

    def on_train_batch_end(self, *_: Any) -> None:
        """Averages the weights after each step."""
        self.average.update(self.network, step=self.global_step)

    def on_train_epoch_end(self) -> None:
        """Records and reports the epoch."""
        twice, total = torch.stack(self._dice).sum(dim=0).tolist()
        row = {
            "epoch": float(self.current_epoch + 1),
            "train_loss": float(torch.stack(self._losses).mean()),
            "train_dice": twice / max(total, 1.0),
            "lr": float(self.trainer.optimizers[0].param_groups[-1]["lr"]),
            "seconds": time.monotonic() - self._started,
        }
        self.history.append(row)
        self._log_line(
            f"epoch {self.current_epoch + 1}/{self._settings.epochs}: loss {row['train_loss']:.4f}, Dice of augmented "
            f"patches {row['train_dice']:.4f}, {row['seconds']:.0f} s"
        )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds the history, which Lightning does not know of."""
        checkpoint["fundusfm"] = {"history": self.history}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes back what `on_save_checkpoint` added."""
        self.history = checkpoint["fundusfm"]["history"]
