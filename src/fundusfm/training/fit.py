"""Fitting a network with Lightning: precision, processes, checkpoints and exact resume."""

import csv
import io
import logging
import math
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from safetensors.torch import load_file
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.config.types import Precision
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.data.store.loader import LabelledStores, make_loader
from fundusfm.runs import write_atomic
from fundusfm.training.batch_norm import freeze_batch_norm, share_batch_norm
from fundusfm.training.depthwise import quick_depthwise
from fundusfm.training.losses import balance_weights
from fundusfm.training.module import FitModule

_HISTORY_COLUMNS = ("epoch", "train_loss", "val_loss", "val_auroc", "lr", "seconds")
_SECONDS_BETWEEN_LINES = 30.0


@dataclass(frozen=True)
class FitResult:
    """What a fit leaves; the network itself holds the averaged weights that were kept.

    Attributes:
        history: One row per epoch: epoch, train_loss, val_loss, val_auroc, lr, seconds.
        kept_epoch: The epoch whose weights were kept, from 1.
        positive_weight: Weight of a positive per label in the loss; the logits carry its logarithm as an offset.
            None where the loss was not weighted.
    """

    history: list[dict[str, float]]
    kept_epoch: int
    positive_weight: list[float] | None


def resolve_precision(precision: Precision) -> Literal["32-true", "bf16-mixed", "16-mixed"]:
    """Returns Lightning's name of the precision; `auto` is bf16 where the hardware computes in it, else 32 bit."""
    if precision != "auto":
        return precision
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() else "32-true"


def fit_network(
    network: nn.Module,
    *,
    train: LabelledStores,
    validation: LabelledStores,
    task: str,
    mean: list[float],
    std: list[float],
    settings: FitSettings,
    folder: Path,
    resume: bool,
    log_line: Callable[[str], None],
    freeze_statistics: bool = False,
) -> FitResult:
    """Fits a network and leaves in it the averaged weights of the epoch that `settings.checkpoint` asks for.

    Args:
        network: A timm model with one output per label; changed in place (with several processes, in the first).
        train: Images and targets that gradients come from.
        validation: Images and targets that choose the epoch.
        task: `binary`, `multilabel` or `multiclass` (targets one-hot).
        mean: Per channel, of values in 0..1.
        std: Per channel, of values in 0..1.
        settings: How to fit.
        folder: Where checkpoints go.
        resume: Continue from the folder's last checkpoint, where there is one.
        log_line: Takes a line per epoch.
        freeze_statistics: Let batch normalisation keep the means and variances that the network comes with.
    """
    _quieten()
    weight = balance_weights(train.targets) if settings.pos_weight else None
    callbacks: list[Callback] = [
        ModelCheckpoint(dirpath=folder, filename="last", enable_version_counter=False, save_on_train_epoch_end=True)
    ]
    if settings.patience:
        callbacks.append(EarlyStopping("val_auroc", mode="max", patience=settings.patience))
    on_terminal = sys.stderr.isatty()
    if not on_terminal:
        callbacks.append(PlainProgress(log_line))
    trainer = lightning.Trainer(
        max_epochs=settings.epochs,
        devices=settings.devices,
        num_nodes=settings.nodes,
        accelerator="gpu" if torch.cuda.is_available() else "cpu",
        strategy="ddp" if settings.devices * settings.nodes > 1 else "auto",
        precision=resolve_precision(settings.precision),
        accumulate_grad_batches=settings.accumulate_grad_batches,
        callbacks=callbacks,
        logger=False,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        enable_progress_bar=on_terminal,
        use_distributed_sampler=False,
        default_root_dir=folder,
    )
    if trainer.is_global_zero:
        folder.mkdir(parents=True, exist_ok=True)
    batches = GlobalBatches(len(train), settings.batch_size, trainer.world_size)
    if batches.left_out > 1:
        log_line(f"every epoch leaves out {batches.left_out} photographs, fewer than there are processes")
    # Lightning leaves a network in the mode it comes in, and a bundle comes ready for inference.
    fitted = quick_depthwise(network.train().to(memory_format=torch.channels_last))
    if batches.world > 1:
        fitted = share_batch_norm(fitted, on_gpu=torch.cuda.is_available())
    if freeze_statistics:
        freeze_batch_norm(fitted)
    module = FitModule(
        fitted,
        settings=settings,
        task=task,
        mean=mean,
        std=std,
        positive_weight=None if weight is None else torch.from_numpy(weight),
        batches=batches,
        folder=folder,
        log_line=log_line,
    )
    rank, world = trainer.global_rank, batches.world
    shared = {"seed": settings.seed, "workers": settings.workers, "rank": rank, "world": world}
    last = folder / "last.ckpt" if resume and (folder / "last.ckpt").exists() else None
    trainer.fit(
        module,
        make_loader(train, batch_size=settings.batch_size, training=True, epoch=epochs_done(last), **shared),
        make_loader(validation, batch_size=settings.batch_size * 2, training=False, **shared),
        ckpt_path=last,
    )
    if trainer.is_global_zero:  # the others may be on hosts that do not see the folder
        network.load_state_dict(load_file(folder / "best.safetensors"))
    network.cpu().eval()
    return FitResult(
        history=module.history,
        kept_epoch=len(module.history) if settings.checkpoint == "last" else _best(module.history),
        positive_weight=None if weight is None else weight.tolist(),
    )


def write_history(path: Path, history: list[dict[str, float]], **constant: object) -> None:
    """Writes the learning curve as CSV, one row per epoch, with constant columns such as the fold in front."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*constant, *_HISTORY_COLUMNS])
    writer.writeheader()
    writer.writerows(constant | row for row in history)
    write_atomic(path, text.getvalue())


class PlainProgress(Callback):
    """A line now and then, where no terminal shows a bar."""

    def __init__(self, log_line: Callable[[str], None]) -> None:
        self._log_line = log_line
        self._last = self._started = time.monotonic()

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        """Starts the epoch's clock."""
        self._last = self._started = time.monotonic()

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Logs batches done, rate and time left of the epoch."""
        now = time.monotonic()
        if now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        done, total = batch_idx + 1, int(trainer.num_training_batches)
        rate = done / (now - self._started)
        images = rate * len(batch[2]) * trainer.world_size
        self._log_line(
            f"epoch {trainer.current_epoch + 1}: batch {done}/{total}, {images:.1f} images/s, "
            f"{(total - done) / rate:.0f} s left in the epoch"
        )


def epochs_done(checkpoint: Path | None) -> int:
    if checkpoint is None:
        return 0
    return len(torch.load(checkpoint, weights_only=True, mmap=True, map_location="cpu")["fundusfm"]["history"])


def _best(history: list[dict[str, float]]) -> int:
    best = max(history, key=lambda row: -row["val_loss"] if math.isnan(row["val_auroc"]) else row["val_auroc"])
    return int(best["epoch"])


def _quieten() -> None:
    """Silences Lightning's banners and hints, which name flags that do not exist here."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
