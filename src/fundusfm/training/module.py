"""What one training step and one validation do, as a Lightning module."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV3
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.errors import RunFolderError
from fundusfm.models.inference import to_input
from fundusfm.training.distributed import gather_rows
from fundusfm.training.losses import masked_bce, masked_cross_entropy
from fundusfm.training.mixup import mixup, partners_across


class FitModule(lightning.LightningModule):
    """Fits a timm network to labels of which some are unknown, and keeps an average of its weights.

    The averaged weights (exponential moving average, decay warmed up) are what is validated; those of the epoch with
    the best mean AUROC, or of the last one, are written to `best.safetensors`.
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
        super().__init__()
        self.network = network
        self.average = ModelEmaV3(network, decay=settings.ema_decay, use_warmup=True)
        # Averages take no gradients; several processes would wait for them forever.
        self.average.requires_grad_(False)
        self.register_buffer("positive_weight", positive_weight, persistent=False)
        self.history: list[dict[str, float]] = []
        self.best: float | None = None
        self._settings, self._task, self._mean, self._std = settings, task, mean, std
        self._batches, self._folder, self._log_line = batches, folder, log_line
        self._steps = settings.epochs * math.ceil(len(batches) / settings.accumulate_grad_batches)
        self._train_losses: list[torch.Tensor] = []
        self._outputs: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        self._averaged_steps = 0

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns the task's loss over the known labels."""
        function = masked_cross_entropy if self._task == "multiclass" else masked_bce
        return function(logits.float(), targets, self.positive_weight)

    def configure_optimizers(self) -> Any:
        """AdamW with layer-wise rates, linear warm-up and cosine decay, stepped per batch."""
        settings = self._settings
        optimizer = create_optimizer_v2(
            self.network,
            opt="adamw",
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            layer_decay=settings.layer_decay if settings.layer_decay < 1 else None,
        )
        warmup = min(self._steps - 1, round(settings.warmup_epochs * self._steps / settings.epochs))
        scheduler = CosineLRScheduler(
            optimizer,
            t_initial=self._steps,
            warmup_t=warmup,
            warmup_lr_init=0.0,
            warmup_prefix=False,
            lr_min=settings.learning_rate * 0.01,
            t_in_epochs=False,
        )
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """timm's schedules are functions of the step number."""
        scheduler.step_update(self.global_step)

    def on_fit_start(self) -> None:
        """Refuses processes that go on from different steps, such as from none where others found a checkpoint.

        Raises:
            RunFolderError: Hosts that do not share the run folder were to resume.
        """
        here = torch.tensor(self._averaged_steps, device=self.device)
        steps = torch.as_tensor(self.all_gather(here)).flatten().tolist()
        if len(set(steps)) > 1:
            raise RunFolderError(
                f"The processes found different checkpoints in {self._folder} (steps {steps}): to resume, the hosts "
                "must share the run folder, or have a copy of it each."
            )

    def on_train_epoch_start(self) -> None:
        """Seeds dropout and the like by seed and epoch, so a resumed epoch repeats exactly."""
        torch.manual_seed(hash((self._settings.seed, self.current_epoch, self.global_rank)) % 2**63)
        self._train_losses.clear()
        self._started = time.monotonic()

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
        self._train_losses.append(loss.detach())
        return loss * len(sizes)

    def _mix(self, images: torch.Tensor, targets: torch.Tensor, sizes: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        inputs, alpha = to_input(images, self._mean, self._std), self._settings.mixup
        if not alpha:
            return inputs, targets
        if len(sizes) == 1:
            return mixup(inputs, targets, alpha=alpha)
        share, others, other_targets = partners_across(images, targets, alpha=alpha, sizes=sizes, rank=self.global_rank)
        mixed = share * inputs + (1 - share) * to_input(others, self._mean, self._std)
        return mixed, share * targets + (1 - share) * other_targets

    def on_train_batch_end(self, *_: Any) -> None:
        """Averages the weights after each optimiser step (not after each accumulated batch)."""
        if self.global_step > self._averaged_steps:
            self.average.update(self.network, step=self.global_step)
            self._averaged_steps = self.global_step

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
        self.log("val_auroc", -loss if np.isnan(auroc) else auroc, logger=False)
        self._record(loss, auroc)

    def _record(self, loss: float, auroc: float) -> None:
        train_loss = float(torch.stack(self._train_losses).mean())
        rate = self.trainer.optimizers[0].param_groups[-1]["lr"]
        self.history.append(
            {
                "epoch": self.current_epoch + 1,
                "train_loss": train_loss,
                "val_loss": loss,
                "val_auroc": auroc,
                "lr": rate,
                "seconds": time.monotonic() - self._started,
            }
        )
        # Without two classes in the validation part there is no AUROC, and the loss decides.
        value = -loss if np.isnan(auroc) else auroc
        better = self.best is None or value > self.best
        if better:
            self.best = value
        if self.trainer.is_global_zero:
            if better or self._settings.checkpoint == "last":
                temporary = self._folder / ".best.safetensors.tmp"
                save_file(
                    {
                        name: tensor.detach().cpu().contiguous()
                        for name, tensor in self.average.module.state_dict().items()
                    },
                    temporary,
                )
                temporary.replace(self._folder / "best.safetensors")
            self._log_line(
                f"epoch {self.current_epoch + 1}/{self._settings.epochs}: train loss {train_loss:.4f}, "
                f"validation loss {loss:.4f}, AUROC {auroc:.4f}{' (best)' if better else ''}, "
                f"{self.history[-1]['seconds']:.0f} s"
            )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds what Lightning does not know of: history, best value, number of averaged steps."""
        checkpoint["fundusfm"] = {"history": self.history, "best": self.best, "averaged_steps": self._averaged_steps}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes back what `on_save_checkpoint` added."""
        state = checkpoint["fundusfm"]
        self.history, self.best, self._averaged_steps = state["history"], state["best"], state["averaged_steps"]


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
