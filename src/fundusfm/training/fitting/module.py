"""What one training step and one validation of a classifier do, as a Lightning module."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from timm.optim import create_optimizer_v2
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.errors import RunFolderError
from fundusfm.models.network import to_input
from fundusfm.training.fitting.averaged import AveragedModule
from fundusfm.training.fitting.checkpoints import write_weights
from fundusfm.training.fitting.distributed import gather_rows
from fundusfm.training.fitting.history import auroc_words, best_epoch, epoch_value
from fundusfm.training.fitting.losses import masked_bce, masked_cross_entropy
from fundusfm.training.fitting.mixup import global_partners, mixup

BEST_WEIGHTS = "best.safetensors"


class FitModule(AveragedModule):
    """Fits a timm network to labels of which some are unknown.

    The averaged weights are what is validated; those of the best epoch, or of the last one, are written to
    `best.safetensors`.
    """

    positive_weight: torch.Tensor | None

    def __init__(
        self,
        network: nn.Module,
        *,
        settings: FitSettings,
        task: str,
        mean: list[float],
        std: list[float],
        positive_weight: torch.Tensor | None,
        batches: GlobalBatches,
        folder: Path,
        log_line: Callable[[str], None],
    ) -> None:
        steps = settings.epochs * math.ceil(len(batches) / settings.accumulate_grad_batches)
        super().__init__(network, settings=settings, steps=steps, last_rate=0.01, log_line=log_line)
        self.register_buffer("positive_weight", positive_weight, persistent=False)
        self._task, self._mean, self._std = task, mean, std
        self._batches, self._folder = batches, folder
        self._outputs: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns the task's loss over the known labels."""
        function = masked_cross_entropy if self._task == "multiclass" else masked_bce
        return function(logits.float(), targets, self.positive_weight)

    def configure_optimizers(self) -> Any:
        """AdamW with layer-wise rates."""
        settings = self.settings
        return self.scheduled(
            create_optimizer_v2(
                self.network,
                opt="adamw",
                lr=settings.learning_rate,
                weight_decay=settings.weight_decay,
                layer_decay=settings.layer_decay if settings.layer_decay < 1 else None,
            )
        )

    def on_fit_start(self) -> None:
        """Refuses processes that go on from different steps, such as from none where others found a checkpoint.

        Raises:
            RunFolderError: Hosts that do not share the run folder were to resume.
        """
        here = torch.tensor(self.averaged_steps, device=self.device)
        steps = torch.as_tensor(self.all_gather(here)).flatten().tolist()
        if len(set(steps)) > 1:
            raise RunFolderError(
                f"The processes found different checkpoints in {self._folder} (steps {steps}): to resume, the hosts "
                "must share the run folder, or have a copy of it each."
            )

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor], index: int) -> torch.Tensor:
        """One batch of (uint8 images, targets, rows); with several processes, each one's share of it.

        The loss is that of the whole batch. Lightning averages gradients over the processes, of which each has those
        of its own images, so the loss is multiplied by their number to make the average a sum.
        """
        images, targets, _rows = batch
        sizes = self._batches.sizes(index)
        inputs, targets = self._mix(images, targets, sizes)
        logits = self.network(inputs)
        loss = self.loss(gather_rows(logits.float(), sizes), gather_rows(targets, sizes))
        self.add_loss(loss)
        return loss * len(sizes)

    def _mix(self, images: torch.Tensor, targets: torch.Tensor, sizes: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        inputs, alpha = to_input(images, self._mean, self._std), self.settings.mixup
        if not alpha:
            return inputs, targets
        if len(sizes) == 1:
            return mixup(inputs, targets, alpha=alpha)
        share, others, other_targets = global_partners(images, targets, alpha=alpha, sizes=sizes, rank=self.global_rank)
        mixed = share * inputs + (1 - share) * to_input(others, self._mean, self._std)
        return mixed, share * targets + (1 - share) * other_targets

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor], _: int) -> None:
        """Scores one batch with the averaged weights."""
        images, targets, rows = batch
        self._outputs.append((self.average.module(to_input(images, self._mean, self._std)).float(), targets, rows))

    def on_validation_epoch_end(self) -> None:
        """Gathers all ranks' predictions, then computes loss and AUROC, and keeps the best weights."""
        logits, targets, rows = (torch.cat(parts) for parts in zip(*self._outputs, strict=True))
        self._outputs.clear()
        if self.trainer.world_size > 1:
            logits, targets, rows = (
                torch.as_tensor(self.all_gather(part)).flatten(0, 1) for part in (logits, targets, rows)
            )
            # Some rows were scored by two processes, so that all had equally many; each counts once.
            first = np.unique(rows.cpu().numpy(), return_index=True)[1]
            logits, targets = logits[first], targets[first]
        loss = float(self.loss(logits, targets))
        auroc = mean_auroc(targets.cpu().numpy(), logits.cpu().numpy())
        self.log("val_auroc", epoch_value(auroc, loss), logger=False)  # what EarlyStopping compares
        row = self.add_epoch(val_loss=loss, val_auroc=auroc)
        if self.trainer.is_global_zero:
            self._keep(row)

    def _keep(self, row: dict[str, float]) -> None:
        """Writes the averaged weights where this epoch's are the ones to keep, and reports the epoch."""
        better = best_epoch(self.history) == row["epoch"]
        if better or self.settings.checkpoint == "last":
            write_weights(self._folder / BEST_WEIGHTS, self.average.module.state_dict())
        self.log_line(
            f"epoch {row['epoch']}/{self.settings.epochs}: train loss {row['train_loss']:.4f}, "
            f"validation loss {row['val_loss']:.4f}, {auroc_words(row['val_auroc'])}{' (best)' if better else ''}, "
            f"{row['seconds']:.0f} s"
        )


def mean_auroc(targets: np.ndarray, logits: np.ndarray) -> float:
    """Returns the mean AUROC over the labels that have both classes among their known rows, NaN if none has.

    Args:
        targets: float (n, labels), NaN where unknown.
        logits: float (n, labels).
    """
    values = []
    for truth, score in zip(targets.T, logits.T, strict=True):
        known = ~np.isnan(truth)
        if len(np.unique(truth[known])) == 2:
            values.append(roc_auc_score(truth[known], score[known]))
    return float(np.mean(values)) if values else float("nan")
