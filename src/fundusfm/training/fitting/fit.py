"""Fitting a network with Lightning: precision, processes, checkpoints and exact resume."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from lightning.pytorch.callbacks import EarlyStopping
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.data.store.loader import LabelledStores, make_loader
from fundusfm.training.fitting.batch_norm import freeze_batch_norm, share_batch_norm
from fundusfm.training.fitting.checkpoints import find_checkpoint, read_weights
from fundusfm.training.fitting.depthwise import fast_depthwise
from fundusfm.training.fitting.frozen import freeze_stages
from fundusfm.training.fitting.history import best_epoch
from fundusfm.training.fitting.losses import positive_weights
from fundusfm.training.fitting.module import BEST_WEIGHTS, FitModule
from fundusfm.training.fitting.trainer import make_trainer, run_fit


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
    weight = positive_weights(train.targets) if settings.pos_weight else None
    stopping = [EarlyStopping("val_auroc", mode="max", patience=settings.patience)] if settings.patience else []
    trainer = make_trainer(settings, folder, log_line=log_line, callbacks=stopping)
    if trainer.is_global_zero:
        folder.mkdir(parents=True, exist_ok=True)
    batches = GlobalBatches(len(train), settings.batch_size, trainer.world_size)
    if batches.left_out > 1:
        log_line(f"every epoch leaves out {batches.left_out} photographs, fewer than there are processes")
    # Lightning leaves a network in the mode it comes in, and a bundle comes ready for inference.
    fitted = fast_depthwise(network.train().to(memory_format=torch.channels_last))
    if batches.world > 1:
        fitted = share_batch_norm(fitted, on_gpu=torch.cuda.is_available())
    if freeze_statistics:
        freeze_batch_norm(fitted)
    if settings.freeze_stages:
        freeze_stages(fitted, settings.freeze_stages)
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
    loader = partial(make_loader, seed=settings.seed, workers=settings.workers, rank=rank, world=world)
    checkpoint = find_checkpoint(folder, log_line=log_line) if resume else None
    first = checkpoint.epochs if checkpoint else 0
    run_fit(
        trainer,
        module,
        loader(train, batch_size=settings.batch_size, training=True, epoch=first, augmentation=settings.augment),
        loader(validation, batch_size=settings.batch_size * 2, training=False),
        checkpoint=checkpoint,
        log_line=log_line,
    )
    if trainer.is_global_zero:  # the others may be on hosts that do not see the folder
        network.load_state_dict(read_weights(folder / BEST_WEIGHTS))
    network.cpu().eval()
    return FitResult(
        history=module.history,
        kept_epoch=len(module.history) if settings.checkpoint == "last" else best_epoch(module.history),
        positive_weight=None if weight is None else weight.tolist(),
    )
