"""What all fits share as Lightning modules: averaged weights, the schedule, the history, what a checkpoint adds."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import lightning
import torch
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV3
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.data.seeds import combine_seeds
from fundusfm.training.fitting.checkpoints import STATE_KEY


class AveragedModule(lightning.LightningModule):
    """A network that is fitted, an exponential moving average of its weights, and the learning curve so far.

    Args:
        network: What is fitted.
        settings: How to fit.
        steps: Optimiser steps of the whole fit.
        last_rate: Share of the peak learning rate at which the cosine decay ends.
        log_line: Receives a line per epoch.

    Attributes:
        average: The averaged weights, as timm keeps them (decay warmed up).
        history: One row per finished epoch.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        settings: FitSettings,
        steps: int,
        last_rate: float,
        log_line: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.network = network
        self.average = ModelEmaV3(network, decay=settings.ema_decay, use_warmup=True)
        # Averages take no gradients; several processes would wait for them forever.
        self.average.requires_grad_(False)
        self.history: list[dict[str, float]] = []
        self.settings, self.log_line = settings, log_line
        self.averaged_steps = 0
        self._steps, self._last_rate = steps, last_rate
        self._losses: list[torch.Tensor] = []
        self._started = time.monotonic()

    def scheduled(self, optimizer: torch.optim.Optimizer) -> Any:
        """Returns the optimiser with linear warm-up and cosine decay, stepped per batch, as Lightning takes them."""
        settings = self.settings
        scheduler = CosineLRScheduler(
            optimizer,
            t_initial=self._steps,
            warmup_t=min(self._steps - 1, round(settings.warmup_epochs * self._steps / settings.epochs)),
            warmup_lr_init=0.0,
            warmup_prefix=False,
            lr_min=settings.learning_rate * self._last_rate,
            t_in_epochs=False,
        )
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """Sets the rate from the step number, of which timm's schedules are functions."""
        scheduler.step_update(self.global_step)

    def seed_numbers(self) -> Sequence[int]:
        """Returns the numbers that decide this epoch's dropout and mixing in this process."""
        return self.settings.seed, self.current_epoch, self.global_rank

    def on_train_epoch_start(self) -> None:
        """Seeds PyTorch by epoch, so that a resumed epoch repeats exactly."""
        torch.manual_seed(combine_seeds(*self.seed_numbers()))
        self._losses.clear()
        self._started = time.monotonic()

    def add_loss(self, loss: torch.Tensor) -> None:
        """Notes the loss of one training batch."""
        self._losses.append(loss.detach())

    def on_train_batch_end(self, *_: Any) -> None:
        """Averages the weights after each optimiser step (not after each accumulated batch)."""
        if self.global_step > self.averaged_steps:
            self.average.update(self.network, step=self.global_step)
            self.averaged_steps = self.global_step

    def add_epoch(self, **measured: float) -> dict[str, float]:
        """Appends the finished epoch to the history and returns its row.

        Args:
            **measured: Columns between the training loss and the learning rate.
        """
        row = {
            "epoch": self.current_epoch + 1,
            "train_loss": float(torch.stack(self._losses).mean()),
            **measured,
            "lr": float(self.trainer.optimizers[0].param_groups[-1]["lr"]),
            "seconds": time.monotonic() - self._started,
        }
        self.history.append(row)
        return row

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds what Lightning does not know of."""
        checkpoint[STATE_KEY] = {"history": self.history, "averaged_steps": self.averaged_steps}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes back what `on_save_checkpoint` added."""
        state = checkpoint[STATE_KEY]
        self.history, self.averaged_steps = state["history"], state["averaged_steps"]
