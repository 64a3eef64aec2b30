"""Fitting a segmenter with Lightning: precision, checkpoint per epoch and exact resume."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.structures.training.crops import SegmentCrops
from fundusfm.structures.training.module import SegmentModule
from fundusfm.structures.training.patches import SegmentPatches, patch_loader
from fundusfm.training.fitting.checkpoints import find_checkpoint
from fundusfm.training.fitting.depthwise import fast_depthwise
from fundusfm.training.fitting.trainer import make_trainer, run_fit


@dataclass(frozen=True)
class PatchSettings:
    """What is drawn from each photograph.

    Attributes:
        side: Side of a patch in pixels, a multiple of 32.
        each: Patches per photograph and epoch.
    """

    side: int
    each: int


def fit_segmenter(
    network: nn.Module,
    crops: SegmentCrops,
    *,
    labels: Sequence[str],
    patches: PatchSettings,
    settings: FitSettings,
    encoder_rate: float,
    mean: list[float],
    std: list[float],
    folder: Path,
    resume: bool,
    log_line: Callable[[str], None],
) -> list[dict[str, float]]:
    """Fits a network and leaves in it the averaged weights of the last epoch.

    Args:
        network: Made by `build_segmentation_network`; changed in place.
        crops: What it learns from.
        labels: The masks that it learns, one output each.
        patches: What is drawn from them.
        settings: How to fit.
        encoder_rate: Share of the learning rate that the encoder gets.
        mean: Mean of each channel, of values in 0..1.
        std: Standard deviation of each channel, likewise.
        folder: Where the checkpoint goes.
        resume: Continue from the checkpoint in the folder, if there is one.
        log_line: Takes a line per epoch.

    Returns:
        One row per epoch: epoch, train_loss, train_dice, lr, seconds.
    """
    checkpoint = find_checkpoint(folder, log_line=log_line) if resume else None
    loader = patch_loader(
        SegmentPatches(crops, labels=labels, side=patches.side, each=patches.each, seed=settings.seed),
        batch_size=settings.batch_size,
        workers=settings.workers,
        seed=settings.seed,
        epoch=checkpoint.epochs if checkpoint else 0,
    )
    module = SegmentModule(
        fast_depthwise(network.train().to(memory_format=torch.channels_last)),
        settings=settings,
        steps=settings.epochs * len(loader),
        encoder_rate=encoder_rate,
        mean=mean,
        std=std,
        log_line=log_line,
    )
    trainer = make_trainer(settings, folder, log_line=log_line)
    run_fit(trainer, module, loader, checkpoint=checkpoint, log_line=log_line)
    network.load_state_dict(module.average.module.state_dict())
    network.cpu().eval()
    return module.history
