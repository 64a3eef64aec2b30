"""A segmenter's fit: rates by part of the network, and what an epoch reports."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.structures.training.module import SegmentModule


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.decoder = nn.Conv2d(4, 1, 1)


def _module(lines: list[str]) -> SegmentModule:
    return SegmentModule(
        _Network(),
        settings=FitSettings(epochs=2, batch_size=2, learning_rate=0.1, weight_decay=0.5),
        steps=10,
        encoder_rate=0.3,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        log_line=lines.append,
    )


def test_the_encoder_learns_slower_and_biases_are_not_decayed() -> None:
    module = _module([])
    module.network.encoder[0].bias.requires_grad_(False)  # type: ignore[union-attr, index]
    groups = {
        (round(group["lr"], 3), group["weight_decay"]): sum(value.numel() for value in group["params"])
        for group in module._groups()
    }
    assert groups == {(0.03, 0.5): 108, (0.03, 0.0): 8, (0.1, 0.5): 4, (0.1, 0.0): 1}


def test_an_epoch_reports_dice_of_all_its_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    module = _module(lines)
    monkeypatch.setattr(
        SegmentModule, "trainer", SimpleNamespace(optimizers=[SimpleNamespace(param_groups=[{"lr": 0.1}])])
    )
    monkeypatch.setattr(SegmentModule, "current_epoch", 1)
    module.on_train_epoch_start()
    module.add_loss(torch.tensor(0.5))
    module._dice += [torch.tensor([4.0, 8.0]), torch.tensor([2.0, 4.0])]
    module.on_train_epoch_end()
    assert module.history[0]["train_dice"] == 0.5
    assert lines == ["epoch 2/2: loss 0.5000, Dice of augmented patches 0.5000, 0 s"]
