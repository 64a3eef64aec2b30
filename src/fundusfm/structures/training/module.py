"""The training steps of a segmenter, as a Lightning module."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.models.network import to_input
from fundusfm.structures.training.loss import dice_counts, segment_loss
from fundusfm.structures.training.patches import Batch
from fundusfm.training.fitting.averaged import AveragedModule


class SegmentModule(AveragedModule):
    """Fits a segmentation network and keeps an average of its weights, which is what the fit leaves.

    There is no validation part: with twenty photographs it would cost more than it tells. The learning rate decays to
    nearly nothing and the weights are averaged, so the last epoch is as good as any.

    Args:
        network: Takes float (n, 3, h, w), normalised, and returns logits (n, passes * masks, h, w); frozen weights stay
            as they are.
        settings: How to fit.
        steps: Optimiser steps of the whole fit.
        encoder_rate: Share of the learning rate that the encoder gets.
        mean: Mean of each channel, of values in 0..1.
        std: Standard deviation of each channel, likewise.
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
        super().__init__(network, settings=settings, steps=steps, last_rate=0.001, log_line=log_line)
        self._encoder_rate, self._mean, self._std = encoder_rate, mean, std
        self._dice: list[torch.Tensor] = []

    def configure_optimizers(self) -> Any:
        """AdamW with a rate of its own for the encoder."""
        return self.scheduled(torch.optim.AdamW(self._groups(), lr=self.settings.learning_rate))

    def _groups(self) -> list[dict[str, Any]]:
        """Encoder and rest, each with and without weight decay: biases and normalisation are not decayed."""
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, parameter in self.network.named_parameters():
            if parameter.requires_grad:
                key = name.startswith("encoder."), parameter.ndim > 1
                groups.setdefault(key, []).append(parameter)
        rate, decay = self.settings.learning_rate, self.settings.weight_decay
        return [
            {
                "params": parameters,
                "lr": rate * self._encoder_rate if in_encoder else rate,
                "weight_decay": decay if decayed else 0.0,
            }
            for (in_encoder, decayed), parameters in groups.items()
        ]

    def seed_numbers(self) -> Sequence[int]:
        """Returns what decides this epoch's dropout; there is one process only."""
        return self.settings.seed, self.current_epoch

    def on_train_epoch_start(self) -> None:
        """Starts an epoch of training."""
        super().on_train_epoch_start()
        self.network.train()
        self._dice.clear()

    def training_step(self, batch: Batch, _: int) -> torch.Tensor:
        """One batch of (uint8 patches, targets, numbers)."""
        images, targets, _numbers = batch
        logits = self.network(to_input(images, self._mean, self._std))
        loss = segment_loss(logits, targets)
        self.add_loss(loss)
        self._dice.append(dice_counts(logits.detach(), targets))
        return loss

    def on_train_epoch_end(self) -> None:
        """Records and reports the epoch."""
        twice, total = torch.stack(self._dice).sum(dim=0)
        # A mask without a pixel in the whole epoch has no Dice.
        found = (twice / total)[total > 0]
        row = self.add_epoch(train_dice=float(found.mean()) if len(found) else 0.0)
        self.log_line(
            f"epoch {row['epoch']}/{self.settings.epochs}: loss {row['train_loss']:.4f}, Dice of augmented patches "
            f"{row['train_dice']:.4f}, {row['seconds']:.0f} s"
        )
