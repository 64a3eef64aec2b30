"""Pretraining ends in a bundle under every strategy, masks what is unknown, and refuses what cannot work."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fundusfm
from fundusfm.errors import ConfigError, LabelError, RunFolderError, StoreError, WeightsError
from fundusfm.models.trainable import load_bundle

TINY: dict[str, Any] = {
    "backbone": "mobilenetv2_035",
    "epochs": 1,
    "batch_size": 8,
    "workers": 0,
    "validation_share": 0.25,
}


def test_labels_unknown_in_one_store_are_masked(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    fundusfm.pretrain(
        train=[f"a={store}", f"b={store}"], labels=["abnormal", "age>=55"], strategy="fundus", out=str(out), **TINY
    )
    card = load_bundle(out / "bundle").card
    assert card.strategy == "fundus"
    assert card.labels == ["abnormal", "age>=55"]
    assert [data.name for data in card.training_data] == ["a", "b"]
    assert [step.what for step in card.lineage] == ["random weights, seed 0", "supervised on abnormal, age>=55"]
    assert json.loads((out / "metrics.json").read_text())["upstream_validation"]["kept_epoch"] == 1
    assert len(pd.read_csv(out / "history.csv")) == 1
    with pytest.raises(RunFolderError, match="not empty"):
        fundusfm.pretrain(train=[str(store)], labels=["abnormal"], strategy="fundus", out=str(out), **TINY)


def test_scratch_needs_no_photographs(tmp_path: Path) -> None:
    fundusfm.pretrain(strategy="scratch", backbone="mobilenetv2_035", size=64, out=str(tmp_path / "run"))
    card = load_bundle(tmp_path / "run" / "bundle").card
    assert (card.strategy, card.labels, card.size) == ("scratch", [], 64)


def test_contradictions_are_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give --train"):
        fundusfm.pretrain(strategy="fundus", out=str(tmp_path / "a"))
    with pytest.raises(ConfigError, match="sees no fundus photograph"):
        fundusfm.pretrain(strategy="scratch", train=[str(store)], labels=["abnormal"], out=str(tmp_path / "b"))
    with pytest.raises(StoreError, match="64 px"):
        fundusfm.pretrain(
            strategy="fundus", train=[str(store)], labels=["abnormal"], size=96, out=str(tmp_path / "c"), **TINY
        )
    with pytest.raises(LabelError, match="misspelt has 0 positives among 0 known rows"):
        fundusfm.pretrain(
            strategy="fundus", train=[str(store)], labels=["abnormal", "misspelt"], out=str(tmp_path / "d"), **TINY
        )
    with pytest.raises(WeightsError, match="cannot be read"):
        fundusfm.pretrain(
            strategy="imagenet",
            imagenet_weights=str(tmp_path / "missing.npy"),
            backbone="mobilenetv2_035",
            size=64,
            out=str(tmp_path / "e"),
        )


def test_goes_on_from_an_earlier_run_of_another_size(store: Path, manifest: Path, tmp_path: Path) -> None:
    shared: dict[str, Any] = {"labels": ["abnormal"], "strategy": "fundus", "epochs": 1, "batch_size": 8, "workers": 0}
    fundusfm.pretrain(train=[str(store)], backbone="mobilenetv2_035", out=str(tmp_path / "small"), **shared)
    fundusfm.prepare(manifest=str(manifest), size=96, out=str(tmp_path / "large-store"), workers=1)
    fundusfm.pretrain(
        train=[str(tmp_path / "large-store")], weights=str(tmp_path / "small"), out=str(tmp_path / "large"), **shared
    )
    card = load_bundle(tmp_path / "large" / "bundle").card
    assert (card.size, card.architecture) == (96, "mobilenetv2_035")
    assert [step.detail.get("size") for step in card.lineage] == [None, 64, 96]
    with pytest.raises(ConfigError, match="has the strategy fundus"):
        fundusfm.pretrain(
            train=[str(store)],
            weights=str(tmp_path / "small"),
            out=str(tmp_path / "other"),
            **shared | {"strategy": "imagenet+fundus"},
        )


def test_the_last_epoch_is_kept_where_asked_for(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = iter([0.8, 0.9, 0.7] * 2)
    monkeypatch.setattr("fundusfm.training.fitting.module.mean_auroc", lambda *_: next(values))
    options: dict[str, Any] = {"strategy": "fundus", "train": [str(store)], "labels": ["abnormal"]}
    found = {}
    for keep in ("best", "last"):
        out = tmp_path / keep
        fundusfm.pretrain(out=str(out), keep=keep, **(TINY | {"epochs": 3} | options))
        reached = json.loads((out / "metrics.json").read_text())["upstream_validation"]
        found[keep] = (reached["kept_epoch"], reached["auroc"])
    assert found == {"best": (2, 0.9), "last": (3, 0.7)}
    assert load_bundle(tmp_path / "best" / "bundle").hash != load_bundle(tmp_path / "last" / "bundle").hash
