"""What all fits share: the schedule, the average of the weights, and what a checkpoint adds."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.training.fitting.averaged import AveragedModule
from fundusfm.training.fitting.checkpoints import STATE_KEY


def _module(**settings: Any) -> AveragedModule:
    fit = FitSettings(epochs=4, batch_size=2, learning_rate=0.1, **settings)
    return AveragedModule(nn.Linear(2, 1), settings=fit, steps=40, last_rate=0.01, log_line=lambda line: None)


def test_rate_rises_linearly_and_decays_to_its_last_share() -> None:
    module = _module(warmup_epochs=1.0)
    (optimizer,), (schedule,) = module.scheduled(torch.optim.SGD(module.network.parameters(), lr=0.1))
    rates = []
    for step in range(41):
        schedule["scheduler"].step_update(step)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[0] == 0
    assert rates[5] == pytest.approx(0.05)
    assert 0.08 < max(rates) <= 0.1
    assert rates[40] == pytest.approx(0.1 * 0.01, rel=0.01)


def test_average_follows_the_optimisers_steps_only(monkeypatch: pytest.MonkeyPatch) -> None:
    module = _module(ema_decay=0.5)
    averages = []
    for batch, step in enumerate((0, 1, 1, 2)):  # every second batch only accumulates
        monkeypatch.setattr(AveragedModule, "global_step", step)
        with torch.no_grad():
            module.network.weight.fill_(float(batch))  # type: ignore[union-attr, operator]
        module.on_train_batch_end()
        averages.append(float(module.average.module.weight[0, 0]))  # type: ignore[union-attr, index, arg-type]
    assert averages[1] != averages[0] and averages[2] == averages[1] != averages[3]
    assert module.averaged_steps == 2
    assert not any(value.requires_grad for value in module.average.parameters())


def test_seeds_differ_by_epoch_and_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    module = _module(seed=3)
    drawn = []
    for epoch in (0, 1, 0):
        monkeypatch.setattr(AveragedModule, "current_epoch", epoch)
        monkeypatch.setattr(AveragedModule, "global_rank", 0)
        module.on_train_epoch_start()
        drawn.append(float(torch.rand(1)))
    assert drawn[0] == drawn[2] != drawn[1]


def test_a_checkpoint_brings_history_and_steps_back() -> None:
    module, checkpoint = _module(), {}
    module.history, module.averaged_steps = [{"epoch": 1.0}], 7
    module.on_save_checkpoint(checkpoint)
    assert set(checkpoint) == {STATE_KEY}
    other = _module()
    other.on_load_checkpoint(checkpoint)
    assert (other.history, other.averaged_steps) == ([{"epoch": 1.0}], 7)


def test_an_epochs_row_holds_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    module = _module()
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.5}])
    monkeypatch.setattr(AveragedModule, "trainer", SimpleNamespace(optimizers=[optimizer]))
    monkeypatch.setattr(AveragedModule, "current_epoch", 2)
    module.add_loss(torch.tensor(1.0))
    module.add_loss(torch.tensor(3.0))
    row = module.add_epoch(val_auroc=0.9)
    assert {**row, "seconds": 0} == {"epoch": 3, "train_loss": 2.0, "val_auroc": 0.9, "lr": 0.5, "seconds": 0}
    assert module.history == [row]
