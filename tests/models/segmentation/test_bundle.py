"""Bundles of segmenters load as they were saved, and say what is wrong where they cannot."""

import json
from pathlib import Path

import numpy as np
import pytest
import segmentation_models_pytorch as smp
from safetensors.torch import load_file

from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import Card
from fundusfm.models.segmentation.bundle import save_segmenter, segmenter_of
from fundusfm.models.segmentation.load import load_segmenter, read_segmenter
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.start import start_network
from fundusfm.models.trainable import load_bundle, save_bundle, weights_hash


def card(decoder: str, architecture: str) -> Card:
    return Card(
        name="x", architecture=architecture, strategy="scratch", task="vessels", decoder=decoder, labels=["vessels"],
        size=64, mean=[0.5] * 3, std=[0.25] * 3, crop=CROP_VERSION,
    )  # fmt: skip


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "bundle"
    save_segmenter(folder, build_segmentation_network("unet", "test_resnet"), card("unet", "test_resnet"))
    return folder


@pytest.mark.parametrize("decoder", ["unet", "tiny"])
def test_loads_what_was_saved(decoder: str, tmp_path: Path) -> None:
    architecture = "tiny" if decoder == "tiny" else "test_resnet"
    network = build_segmentation_network(decoder, architecture).eval()
    written = save_segmenter(tmp_path / "bundle", network, card(decoder, architecture))
    loaded = load_segmenter(tmp_path / "bundle")
    images = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3), np.uint8)
    expected = segmenter_of(network, card(decoder, architecture)).engine.run(images, ("vessels",))
    np.testing.assert_allclose(loaded.engine.run(images, ("vessels",)), expected, atol=1e-4)
    assert loaded.hash == weights_hash(network) and loaded.card == written
    assert loaded.card.decoder == decoder
    assert "segment predict" in (tmp_path / "bundle" / "README.md").read_text()


def test_a_run_folder_stands_for_its_bundle(saved: Path) -> None:
    assert load_segmenter(saved.parent).card.name == "x"


def test_loads_without_fundusfm(saved: Path) -> None:
    network = smp.create_model(**json.loads((saved / "config.json").read_text()))
    network.load_state_dict(load_file(saved / "model.safetensors"))


def test_a_segmenter_is_no_classifier_and_a_classifier_no_segmenter(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is a segmenter"):
        load_bundle(saved)
    start = start_network("scratch", backbone="test_resnet", size=64)
    save_bundle(tmp_path / "classifier", start.network, start.card)
    with pytest.raises(WeightsError, match="is no segmenter"):
        load_segmenter(tmp_path / "classifier")
    with pytest.raises(WeightsError, match=r"^light is no segmenter .* the listed segmenters are structures, vessels,"):
        load_segmenter("light")


def test_faults_are_named(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"No segmenter 'nowhere': .* listed segmenters are structures, vessels"):
        load_segmenter("nowhere")
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "unfinished" / "config.yaml").touch()
    with pytest.raises(WeightsError, match="finish it with --resume"):
        load_segmenter(tmp_path / "unfinished")
    edited = json.loads((saved / "card.json").read_text()) | {"decoder": "fpn"}
    (saved / "card.json").write_text(json.dumps(edited))
    with pytest.raises(WeightsError, match="do not fit decoder fpn"):
        read_segmenter(saved).load_network()
    (saved / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="cannot be read"):
        load_segmenter(saved)
