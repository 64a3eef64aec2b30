"""Scoring a segmenter on sets that tuned nothing."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

import fundusfm
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.card.schema import Card, OperatingPoint, Step
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.tiny import TinyVesselNet
from fundusfm.structures.photographs import read_structures
from fundusfm.structures.scoring.evaluate import training_photographs
from fundusfm.structures.sets import pixel_hash


@pytest.fixture(scope="module")
def bundle(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained segmenter whose card says that it has learnt from two of the photographs."""
    images = read_structures(str(manifest), select=None, need_masks=True, log=print)[:2]
    seen = [pixel_hash(image.load().image) for image in images]
    torch.manual_seed(0)
    network: nn.Module = TinyVesselNet()
    card = Card(
        name="untrained", architecture="tiny", strategy="scratch", task="vessels", decoder="tiny", size=64,
        labels=["vessels"], mean=[0.5] * 3, std=[0.25] * 3, crop=CROP_VERSION,
        lineage=[Step(what="vessel segmentation", detail={"photographs": seen})],
        operating_points={"vessels": {"dice": OperatingPoint(threshold=0.1, sensitivity=0.5, specificity=0.5)}},
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("segmenter") / "bundle"
    save_segmenter(folder, network, card)
    return folder


def test_every_set_gets_its_metrics_with_intervals(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    metrics = fundusfm.segment_evaluate(
        weights=str(bundle), data=[f"one={manifest}", f"two={manifest}"], select="abnormal == 1", out=str(out)
    ).metrics
    cell = metrics["external"]["one"]["vessels"]["dice"]
    assert 0 < cell["low"] <= cell["value"] <= cell["high"] < 1
    assert cell == metrics["external"]["two"]["vessels"]["dice"]
    assert metrics["weights"]["thresholds"] == {"vessels": 0.1}
    assert json.loads((out / "metrics.json").read_text())["external"]["one"]["vessels"]["dice"] == cell
    assert (out / "images.parquet").exists()


def test_photographs_learnt_from_are_pointed_out(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    metrics = fundusfm.segment_evaluate(weights=str(bundle), data=[str(manifest)], out=str(tmp_path / "run")).metrics
    assert any("learnt from 2 of these 32 photographs" in note for note in metrics["notes"])


def test_faults_are_named(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="No segmenter"):
        fundusfm.segment_evaluate(weights="nowhere", data=[str(manifest)], out=str(tmp_path / "a"))
    with pytest.raises(ConfigError, match="cannot be called cv"):
        fundusfm.segment_evaluate(weights=str(bundle), data=[f"cv={manifest}"], out=str(tmp_path / "b"))


def test_a_card_without_vessels_has_learnt_nothing() -> None:
    card = Card(
        name="x", architecture="x", strategy="scratch", size=64, mean=[0.5] * 3, std=[0.5] * 3, crop=CROP_VERSION,
        lineage=[Step(what="random weights")],
    )  # fmt: skip
    assert training_photographs(card) == set()
