"""Loss, score and kept weights of one classifier's fit."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.training.fitting.module import BEST_WEIGHTS, FitModule, mean_auroc


def _module(folder: Path, *, checkpoint: str = "best", task: str = "binary") -> FitModule:
    return FitModule(
        nn.Linear(3, 2),
        settings=FitSettings(epochs=3, batch_size=2, learning_rate=0.1, checkpoint=checkpoint),  # type: ignore[arg-type]
        task=task,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        positive_weight=None,
        batches=GlobalBatches(4, 2),
        folder=folder,
        log_line=lambda line: None,
    )


@pytest.mark.parametrize(("checkpoint", "epochs"), [("best", [1, 2, 2]), ("last", [1, 2, 3])])
def test_weights_of_the_best_or_the_last_epoch_are_kept(
    checkpoint: str, epochs: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = _module(tmp_path, checkpoint=checkpoint)
    trainer = SimpleNamespace(optimizers=[SimpleNamespace(param_groups=[{"lr": 0.1}])], is_global_zero=True)
    monkeypatch.setattr(FitModule, "trainer", trainer)
    kept = []
    for epoch, auroc in enumerate((0.7, 0.9, 0.8), start=1):
        monkeypatch.setattr(FitModule, "current_epoch", epoch - 1)
        module.add_loss(torch.tensor(0.5))
        with torch.no_grad():
            module.average.module.weight.fill_(float(epoch))  # type: ignore[union-attr, operator]
        module._keep(module.add_epoch(val_loss=0.4, val_auroc=auroc))
        kept.append(int(load_file(tmp_path / BEST_WEIGHTS)["weight"][0, 0]))
    assert kept == epochs


def test_loss_is_the_tasks_own_over_known_labels(tmp_path: Path) -> None:
    nan = float("nan")
    logits, targets = torch.zeros(2, 2), torch.tensor([[1.0, nan], [0.0, nan]])
    assert float(_module(tmp_path).loss(logits, targets)) == pytest.approx(0.6931, abs=1e-4)
    classes = torch.tensor([[1.0, 0.0], [nan, nan]])
    assert float(_module(tmp_path, task="multiclass").loss(logits, classes)) == pytest.approx(0.6931, abs=1e-4)


def test_mean_auroc_leaves_out_labels_of_one_class() -> None:
    nan = float("nan")
    targets = torch.tensor([[0.0, 1.0, nan], [1.0, 1.0, nan], [1.0, nan, nan]]).numpy()
    logits = torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]).numpy()
    assert mean_auroc(targets, logits) == 0.5
