"""Fine-tuning changes the backbone, never sees its test folds, and continues exactly after a kill."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

import fundusfm
from fundusfm.data.store.reader import open_store
from fundusfm.errors import ConfigError, RunFolderError
from fundusfm.models.inference import features
from fundusfm.models.reference import read_reference
from fundusfm.models.trainable import load_bundle
from fundusfm.training.fitting.module import FitModule

SMALL: dict[str, Any] = {
    "weights": "scratch",
    "backbone": "mobilenetv2_035",
    "folds": 2,
    "epochs": 2,
    "batch_size": 8,
    "workers": 0,
    "validation_share": 0.3,
    "precision": "32-true",
}


class Killed(Exception):
    """Stands for a kill at an arbitrary moment."""


@pytest.fixture(scope="module")
def finished(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two folds that was never interrupted."""
    out = tmp_path_factory.mktemp("finetune") / "run"
    fundusfm.finetune(data=str(store), labels=["abnormal"], out=str(out), **SMALL)
    return out


def test_leaves_a_whole_run_folder(finished: Path, store: Path) -> None:
    predictions = pd.read_parquet(finished / "predictions.parquet")
    assert len(predictions) == 32
    assert predictions["score"].between(0, 1).all()
    assert predictions.groupby("patient")["fold"].nunique().max() == 1
    metrics = json.loads((finished / "metrics.json").read_text())
    assert 0 <= metrics["cv"]["abnormal"]["auroc"]["mean"] <= 1
    history = pd.read_csv(finished / "history.csv")
    assert set(history["fold"].astype(str)) == {"1", "2", "final"}
    bundle = load_bundle(finished / "bundle")
    reference = read_reference(finished / "bundle", weights=bundle.hash)
    assert reference is not None
    assert (reference.distance(features(bundle, open_store(str(store)))) < 1).mean() > 0.5
    card = bundle.card
    assert (card.method, card.labels, card.task) == ("FF", ["abnormal"], "binary")
    assert set(card.operating_points["abnormal"]) == {"youden", "sensitivity_0.95", "specificity_0.95"}
    assert not list(finished.glob("checkpoints/fold-*/last.ckpt"))


def test_every_layer_learns(finished: Path) -> None:
    torch.manual_seed(0)
    fresh = fundusfm.models.start.start_network("scratch", backbone="mobilenetv2_035", size=64).network
    tuned = dict(load_bundle(finished / "bundle").network.named_parameters())
    unchanged = [name for name, value in fresh.named_parameters() if torch.equal(value, tuned[name])]
    assert unchanged == []


def test_killed_and_resumed_equals_never_killed(
    finished: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    step, calls = FitModule.training_step, []

    def dies(self: FitModule, batch: tuple[torch.Tensor, ...], index: int) -> torch.Tensor:
        calls.append(index)
        if len(calls) == 5:  # in the second fold's fit, with the first one's predictions saved
            raise Killed
        return step(self, batch, index)  # type: ignore[arg-type]

    monkeypatch.setattr(FitModule, "training_step", dies)
    with pytest.raises(Killed):
        fundusfm.finetune(data=str(store), labels=["abnormal"], out=str(out), **SMALL)
    monkeypatch.undo()
    fundusfm.finetune(data=str(store), labels=["abnormal"], out=str(out), resume=True, **SMALL)

    pd.testing.assert_frame_equal(
        pd.read_parquet(finished / "predictions.parquet"), pd.read_parquet(out / "predictions.parquet")
    )
    assert load_bundle(finished / "bundle").hash == load_bundle(out / "bundle").hash


def test_corrected_labels_are_not_mixed_into_a_resumed_run(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "store"
    shutil.copytree(store, data)
    out = tmp_path / "run"

    def dies(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(FitModule, "training_step", dies)
    with pytest.raises(Killed):
        fundusfm.finetune(data=str(data), labels=["abnormal"], out=str(out), **SMALL)
    monkeypatch.undo()
    index = pd.read_parquet(data / "index.parquet")
    index.loc[0, "abnormal"] = str(1 - int(index.loc[0, "abnormal"]))
    index.to_parquet(data / "index.parquet")
    with pytest.raises(RunFolderError, match=f"labels of {data}: [0-9a-f]+ then, [0-9a-f]+ now") as caught:
        fundusfm.finetune(data=str(data), labels=["abnormal"], out=str(out), resume=True, **SMALL)
    assert caught.value.code == "E-RUN-INPUTS"
    assert "photographs of" not in str(caught.value)


def test_share_out_of_range(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--validation-share is 1"):
        fundusfm.finetune(
            data=str(store), labels=["abnormal"], out=str(tmp_path / "run"), **SMALL | {"validation_share": 1.0}
        )
