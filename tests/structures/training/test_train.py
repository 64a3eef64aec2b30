"""Training a segmenter: it learns, resumes exactly, leaves a frozen encoder alone, and says what is wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import fundusfm
from fundusfm.errors import ConfigError, ManifestError, SplitError
from fundusfm.models.segmentation.load import load_segmenter, read_segmenter
from fundusfm.models.start import start_network
from fundusfm.models.trainable import load_bundle, save_bundle
from fundusfm.structures.photographs import read_structures
from fundusfm.structures.scoring.protocols import PROTOCOLS, Protocol
from fundusfm.structures.training.crops import read_crops
from fundusfm.structures.training.module import SegmentModule

SMALL: dict[str, Any] = {
    "decoder": "linknet",
    "size": 64,
    "patch": 32,
    "patches": 2,
    "epochs": 2,
    "batch_size": 8,
    "workers": 0,
    "precision": "32-true",
}
TINY = {"decoder": "tiny"}


class Killed(Exception):
    """Stands for a kill at an arbitrary moment."""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen generated photographs of eight patients."""
    out = tmp_path_factory.mktemp("photographs") / "tiny"
    fundusfm.synth(out=str(out), count=16, size=96, seed=1, workers=1)
    return out / "manifest.csv"


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as pretraining leaves one, with statistics that are not the initial ones."""
    start = start_network("scratch", backbone="test_resnet", size=64)
    for name, buffer in start.network.named_buffers():
        if "running" in name:
            buffer.add_(0.1)
    folder = tmp_path_factory.mktemp("backbone") / "bundle"
    save_bundle(folder, start.network, start.card.model_copy(update={"strategy": "fundus"}))
    return folder


@pytest.fixture(scope="module")
def finished(manifest: Path, backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two folds over a bundle, never interrupted."""
    out = tmp_path_factory.mktemp("segment") / "run"
    fundusfm.segment_train(data=[str(manifest)], out=str(out), weights=str(backbone), folds=2, **SMALL)
    return out


def test_leaves_a_whole_run_folder(finished: Path) -> None:
    metrics = json.loads((finished / "metrics.json").read_text())
    assert 0 < metrics["cv"]["vessels"]["dice"]["mean"] < 1
    assert len(metrics["cv"]["vessels"]["auroc"]["folds"]) == 2
    assert metrics["training"]["photographs"] == 16
    rows = pd.read_parquet(finished / "images.parquet")
    assert len(rows) == 16
    assert rows.groupby("patient")["fold"].nunique().max() == 1
    history = pd.read_csv(finished / "history.csv", dtype={"fold": str})
    assert history.groupby("fold")["epoch"].max().to_dict() == {"1": 2, "2": 2, "final": 2}
    segmenter = load_segmenter(finished)
    card = segmenter.card
    assert (card.task, card.decoder, card.method, card.strategy, card.size) == (
        "vessels",
        "linknet",
        "FF",
        "fundus",
        64,
    )
    assert segmenter.thresholds == metrics["training"]["thresholds"]
    assert len(card.lineage[-1].detail["photographs"]) == 16
    assert card.training_data[-1].patients == 8
    assert not list(finished.glob("checkpoints/*/last.ckpt"))


@pytest.mark.parametrize(
    ("kill_at", "workers"), [(4, 0), (14, 1)]
)  # of 2 + 2 steps in each of two folds, and 4 + 4 in the final fit
def test_killed_and_resumed_equals_never_killed(
    kill_at: int,
    workers: int,
    finished: Path,
    manifest: Path,
    backbone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, calls, step = tmp_path / "run", [], SegmentModule.training_step
    options = {"data": [str(manifest)], "out": str(out), "weights": str(backbone), "folds": 2, **SMALL}
    options |= {"workers": workers}

    def dies(self: SegmentModule, batch: Any, index: int) -> torch.Tensor:
        calls.append(index)
        if len(calls) == kill_at:
            raise Killed
        return step(self, batch, index)

    monkeypatch.setattr(SegmentModule, "training_step", dies)
    with pytest.raises(Killed):
        fundusfm.segment_train(**options)
    monkeypatch.undo()
    fundusfm.segment_train(**options, resume=True)
    assert load_segmenter(out).hash == load_segmenter(finished).hash
    assert (out / "metrics.json").read_text() == (finished / "metrics.json").read_text()


def test_a_finished_run_is_not_repeated(finished: Path, manifest: Path, backbone: Path) -> None:
    before = (finished / "bundle" / "model.safetensors").stat().st_mtime_ns
    fundusfm.segment_train(
        data=[str(manifest)], out=str(finished), weights=str(backbone), folds=2, **SMALL, resume=True
    )
    assert (finished / "bundle" / "model.safetensors").stat().st_mtime_ns == before


def test_full_training_changes_the_encoder_and_probing_does_not(
    finished: Path, manifest: Path, backbone: Path, tmp_path: Path
) -> None:
    fundusfm.segment_train(
        data=[str(manifest)], out=str(tmp_path / "lf"), weights=str(backbone), method="LF", fraction=0.5, **SMALL
    )
    original = load_bundle(backbone).network.state_dict()
    for run, same in ((tmp_path / "lf", True), (finished, False)):
        network = read_segmenter(run).load_network()
        encoder = network.encoder.model.state_dict()  # type: ignore[union-attr]
        assert all(torch.equal(value, original[name]) for name, value in encoder.items()) == same
    assert load_segmenter(tmp_path / "lf").card.training_data[-1].patients == 4


def test_the_tiny_network_learns(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    fundusfm.segment_train(
        data=[str(manifest)],
        out=str(out),
        folds=2,
        **(SMALL | TINY | {"epochs": 8, "patch": 0, "patches": 4, "learning_rate": 0.01, "ema_decay": 0.9}),
    )
    segmenter = load_segmenter(out)
    unseen = read_structures(str(manifest), select=None, need_masks=True, log=print)[0].load()
    found = segmenter.probabilities(unseen.image, unseen.fov_circle)["vessels"]
    vessels = unseen.drawn["vessels"]
    assert found[vessels & unseen.fov].mean() > 2 * found[unseen.fov & ~vessels].mean()
    losses = pd.read_csv(out / "history.csv")["train_loss"]
    assert losses.iloc[-1] < losses.iloc[0] - 0.2


def test_several_structures_are_learnt_from_photographs_that_lack_some(manifest: Path, tmp_path: Path) -> None:
    out, table = tmp_path / "run", pd.read_csv(manifest, dtype=str).fillna("")
    for column in ("image", "vessels", "disc", "fov"):
        table[column] = [str(manifest.parent / cell) for cell in table[column]]
    table = table.drop(columns=["HE", "EX", "SE"]).assign(MA=table["vessels"])
    table.loc[table.index >= 4, ["MA", "disc"]] = ""
    table.to_csv(tmp_path / "some.csv", index=False)
    options = SMALL | {"decoder": "unet_small", "patch": 0}
    structures = {"structures": ["lesions", "disc", "vessels"]}
    with pytest.raises(ManifestError, match="no row has a mask of haemorrhages"):
        fundusfm.segment_train(data=[str(tmp_path / "some.csv")], out=str(out), **structures, **options)
    for column in ("HE", "EX", "SE"):
        table[column] = table["MA"]
    table.to_csv(tmp_path / "some.csv", index=False)
    fundusfm.segment_train(
        data=[str(tmp_path / "some.csv")], out=str(tmp_path / "b"), backbone="test_resnet", **structures, **options
    )
    segmenter = load_segmenter(tmp_path / "b")
    assert segmenter.card.task == "structures"
    assert segmenter.labels == [
        "vessels", "disc", "microaneurysms", "haemorrhages", "hard_exudates", "soft_exudates"
    ]  # fmt: skip
    loaded = read_structures(str(manifest), select=None, need_masks=True, log=print)[0].load()
    found = segmenter.probabilities(loaded.image, loaded.fov_circle)
    assert list(found) == segmenter.labels
    assert all(values.shape == loaded.image.shape[:2] for values in found.values())


def test_a_fixed_split_trains_on_one_part_and_scores_the_other(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = read_structures(str(manifest), select=None, need_masks=True, log=print)
    stems = [Path(image.name).stem for image in images]
    keys = [stem.lower() for stem in stems]
    split = Protocol("halves", "tiny", "fixed", "nobody", train=tuple(keys[:6]), test=tuple(keys[8:10]))
    monkeypatch.setitem(PROTOCOLS, "halves", split)
    out = tmp_path / "run"
    fundusfm.segment_train(data=[str(manifest)], out=str(out), protocol="halves", **SMALL | TINY)
    metrics = json.loads((out / "metrics.json").read_text())
    dataset = images[0].dataset
    assert metrics["training"]["photographs"] == 6
    assert 0 <= metrics["external"][dataset]["vessels"]["dice"]["value"] <= 1
    rows = pd.read_parquet(out / "images.parquet")
    assert [Path(name).stem for name in rows["image"]] == stems[8:10]
    card = load_segmenter(out).card
    assert (card.training_data[-1].rows, card.training_data[-1].name) == (6, dataset)
    assert card.metrics["external"][dataset]["vessels"]["dice"]["value"] == pytest.approx(
        metrics["external"][dataset]["vessels"]["dice"]["value"]
    )


def test_external_sets_are_scored_by_the_final_network_and_photographs_learnt_from_are_told(
    manifest: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    fundusfm.segment_train(
        data=[str(manifest)], out=str(out), external=[f"again={manifest}"], fraction=0.25, **SMALL | TINY
    )
    metrics = json.loads((out / "metrics.json").read_text())
    assert 0 <= metrics["external"]["again"]["vessels"]["dice"]["value"] <= 1
    assert metrics["cv"] == {}
    assert "WARNING: again: the network has learnt from 4 of these 16 photographs" in (out / "log.txt").read_text()
    with pytest.raises(ConfigError, match="--external: a set called synthetic is there already"):
        fundusfm.segment_train(data=[str(manifest)], out=str(tmp_path / "b"), external=[str(manifest)], **SMALL | TINY)


def test_few_photographs_are_fitted_for_as_many_steps_as_many(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    step = SegmentModule.training_step

    def counted(self: SegmentModule, batch: Any, index: int) -> torch.Tensor:
        steps.append(len(batch[0]))
        return step(self, batch, index)

    monkeypatch.setattr(SegmentModule, "training_step", counted)
    seen = []
    for fraction in (1.0, 0.25):
        steps.clear()
        out = tmp_path / f"{fraction}"
        fundusfm.segment_train(data=[str(manifest)], out=str(out), fraction=fraction, **SMALL | TINY)
        seen.append(sum(steps))
    assert seen == [64, 64]  # 16 photographs x 2 patches x 2 epochs, 4 photographs x 8 patches x 2 epochs


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patch": 50}, "--patch is 50; it must be a multiple of 32"),
        ({"folds": 1}, "--folds is 1"),
        ({"folds": 5, "protocol": "drive"}, "leave --folds out"),
        ({"fraction": 0.0}, "--fraction is 0.0"),
        ({"size": 16}, "--size is 16"),
        ({"patches": 0}, "--patches is 0"),
        ({"encoder_rate": 0.0}, "--encoder-rate is 0.0"),
        ({"decoder": "tiny", "weights": "imagenet"}, "no backbone"),
        ({"decoder": "tiny", "method": "LF"}, "no encoder"),
        ({"epochs": 0}, "--epochs is 0"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    options: dict[str, Any], message: str, manifest: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        fundusfm.segment_train(data=[str(manifest)], out=str(tmp_path / "run"), **(SMALL | options))
    assert not (tmp_path / "run").exists()


def test_data_and_weights_that_do_not_fit_are_refused(manifest: Path, finished: Path, tmp_path: Path) -> None:
    with pytest.raises(SplitError, match="20 folds cannot be made of the 8 patients"):
        fundusfm.segment_train(data=[str(manifest)], out=str(tmp_path / "a"), folds=20, **(SMALL | TINY))


@pytest.mark.real
def test_real_masks_survive_the_crop(real_folder: Path) -> None:
    """The given FOV and vessels of DRIVE cover what they cover in the original."""
    manifest = real_folder / "vessels" / "drive" / "manifest.csv"
    images = read_structures(str(manifest), select=None, need_masks=True, log=print)
    crops = read_crops(images[:2], 256, labels=["vessels"], log=print)
    for place, image in enumerate(images[:2]):
        loaded = image.load()
        original = loaded.drawn["vessels"][loaded.fov].mean()
        fov = crops.masks[place].fov >= 128
        assert np.mean(crops.masks[place].drawn["vessels"][fov] / 255) == pytest.approx(original, rel=0.03)
