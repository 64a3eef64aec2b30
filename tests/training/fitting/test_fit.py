"""A fit that is killed and resumed ends with the weights of one that never was, and gradients go where they should."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from fundusfm.config.fit import FitSettings
from fundusfm.data.manifest.labels import read_targets
from fundusfm.data.store.loader import LabelledStores
from fundusfm.data.store.reader import open_store
from fundusfm.models.network import build_network
from fundusfm.training.fitting.fit import FitResult, fit_network
from fundusfm.training.fitting.module import FitModule

SETTINGS = FitSettings(epochs=3, batch_size=8, learning_rate=1e-3, workers=0, precision="32-true")


class Killed(Exception):
    """Stands for a kill at an arbitrary moment."""


@pytest.fixture
def data(store: Path) -> LabelledStores:
    opened = open_store(str(store))
    return LabelledStores([opened], read_targets(opened.frame, ["abnormal"], task="binary", where="tiny").values)


def _fit(
    data: LabelledStores,
    folder: Path,
    *,
    resume: bool = False,
    settings: FitSettings = SETTINGS,
    freeze_statistics: bool = False,
) -> tuple[torch.nn.Module, FitResult]:
    torch.manual_seed(0)
    network = build_network("mobilenetv2_035", outputs=1, size=64).eval()
    rows = torch.arange(len(data)).numpy() % 4 == 0
    result = fit_network(
        network,
        train=data.take(~rows),
        validation=data.take(rows),
        task="binary",
        mean=[0.5] * 3,
        std=[0.25] * 3,
        settings=settings,
        folder=folder,
        resume=resume,
        log_line=lambda line: None,
        freeze_statistics=freeze_statistics,
    )
    return network, result


@pytest.mark.parametrize(
    "options",
    [{}, {"mixup": 0.4}, {"workers": 1, "mixup": 0.4}, {"freeze_stages": 3, "augment": "cameras"}],
    ids=["plain", "mixup", "loader process and mixup", "frozen stages and cameras"],
)
def test_killed_and_resumed_equals_never_killed(
    options: dict[str, Any], data: LabelledStores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(SETTINGS, **options)
    whole, whole_result = _fit(data, tmp_path / "whole", settings=settings)

    step = FitModule.training_step

    def dies_in_the_second_epoch(self: FitModule, batch: tuple[torch.Tensor, ...], index: int) -> torch.Tensor:
        if self.current_epoch == 1 and index == 1:
            raise Killed
        return step(self, batch, index)  # type: ignore[arg-type]

    monkeypatch.setattr(FitModule, "training_step", dies_in_the_second_epoch)
    with pytest.raises(Killed):
        _fit(data, tmp_path / "parts", settings=settings)
    monkeypatch.undo()
    resumed, resumed_result = _fit(data, tmp_path / "parts", resume=True, settings=settings)

    for (name, left), right in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(left, right), name
    for left_row, right_row in zip(whole_result.history, resumed_result.history, strict=True):
        assert {**left_row, "seconds": 0} == {**right_row, "seconds": 0}


def test_with_a_damaged_checkpoint_it_goes_on_from_the_one_before(data: LabelledStores, tmp_path: Path) -> None:
    whole, _ = _fit(data, tmp_path)
    (tmp_path / "last.ckpt").write_bytes(b"cut")
    resumed, result = _fit(data, tmp_path, resume=True)
    assert all(torch.equal(value, resumed.state_dict()[name]) for name, value in whole.state_dict().items())
    assert [row["epoch"] for row in result.history] == [1, 2, 3]


def test_batch_norm_learns_its_statistics_though_the_network_came_for_inference(
    data: LabelledStores, tmp_path: Path
) -> None:
    network = _fit(data, tmp_path)[0]
    fresh = build_network("mobilenetv2_035", outputs=1, size=64).state_dict()
    moved = [name for name, value in network.state_dict().items() if "running" in name and not value.equal(fresh[name])]
    assert len(moved) == sum("running" in name for name in fresh)
    assert not network.training


def test_frozen_statistics_stay_while_all_weights_learn(data: LabelledStores, tmp_path: Path) -> None:
    network = _fit(data, tmp_path, freeze_statistics=True)[0]
    torch.manual_seed(0)
    fresh = build_network("mobilenetv2_035", outputs=1, size=64)
    state = network.state_dict()
    assert all(value.equal(state[name]) for name, value in fresh.named_buffers())
    assert not any(value.equal(state[name]) for name, value in fresh.named_parameters())


def test_frozen_stages_stay_as_they_came(data: LabelledStores, tmp_path: Path) -> None:
    network = _fit(data, tmp_path, settings=replace(SETTINGS, freeze_stages=3))[0]
    torch.manual_seed(0)
    fresh = build_network("mobilenetv2_035", outputs=1, size=64).state_dict()
    same = {name for name, value in network.state_dict().items() if value.equal(fresh[name])}
    stem_and_stages = ("conv_stem", "bn1.", "blocks.0", "blocks.1", "blocks.2")
    assert same == {name for name in fresh if name.startswith(stem_and_stages)}


def test_patience_stops_early(data: LabelledStores, tmp_path: Path) -> None:
    settings = FitSettings(epochs=30, batch_size=8, learning_rate=1e-12, workers=0, patience=1, precision="32-true")
    assert len(_fit(data, tmp_path, settings=settings)[1].history) < 5


def test_accumulated_batches_take_one_step(data: LabelledStores, tmp_path: Path) -> None:
    settings = FitSettings(
        epochs=1, batch_size=4, accumulate_grad_batches=3, learning_rate=1e-3, workers=0, precision="32-true"
    )
    _fit(data, tmp_path, settings=settings)
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["global_step"] == 2
