"""Bundles come back as they were, here and in plain timm."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.trainable import load_bundle, save_bundle, weights_hash

CNN, VIT = "mobilenetv2_035", "vit_tiny_patch16_224"


@pytest.mark.parametrize(("architecture", "size"), [(CNN, 64), (VIT, 32)])
def test_round_trip_here_and_in_timm(
    make_bundle: Callable[..., Bundle], tmp_path: Path, architecture: str, size: int
) -> None:
    bundle = make_bundle(architecture, ("abnormal", "glaucoma"), size)
    saved = save_bundle(tmp_path / "bundle", bundle.network, bundle.card)
    loaded = load_bundle(tmp_path / "bundle")
    elsewhere = timm.create_model(f"local-dir:{tmp_path / 'bundle'}", pretrained=True).eval()
    images = torch.randn(2, 3, size, size)
    with torch.inference_mode():
        expected = bundle.network(images)
        assert torch.equal(loaded.network(images), expected)
        assert torch.equal(elsewhere(images), expected)
    assert saved.hash == loaded.hash == bundle.hash == weights_hash(elsewhere)
    assert loaded.card.labels == ["abnormal", "glaucoma"] and loaded.card.code_version and loaded.card.created
    assert loaded.path == tmp_path / "bundle"


def test_config_tells_timm_the_contract(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = make_bundle()
    save_bundle(tmp_path, bundle.network, bundle.card)
    elsewhere = timm.create_model(f"local-dir:{tmp_path}", pretrained=True)
    config = timm.data.resolve_model_data_config(elsewhere)
    assert list(config["input_size"]) == [3, 64, 64] and list(config["mean"]) == bundle.card.mean
    content = json.loads((tmp_path / "config.json").read_text())
    assert content["num_classes"] == 1 and content["label_names"] == ["abnormal"]


def test_backbone_without_head(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = make_bundle(labels=())
    save_bundle(tmp_path, bundle.network, bundle.card)
    elsewhere = timm.create_model(f"local-dir:{tmp_path}", pretrained=True, num_classes=0).eval()
    images = torch.randn(1, 3, 64, 64)
    assert torch.equal(elsewhere(images), load_bundle(tmp_path).network(images))


def test_a_flipped_bit_is_found(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = make_bundle()
    save_bundle(tmp_path, bundle.network, bundle.card)
    content = bytearray((tmp_path / "model.safetensors").read_bytes())
    content[-1000] ^= 1
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match="not those that were written") as refused:
        load_bundle(tmp_path)
    assert refused.value.code == "E-WEIGHTS-CHECKSUM"


def test_hash_sees_every_weight_and_buffer(make_bundle: Callable[..., Bundle]) -> None:
    bundle = make_bundle()
    before = weights_hash(bundle.network)
    assert before == bundle.hash
    with torch.no_grad():
        next(bundle.network.buffers()).add_(1e-3)
    assert weights_hash(bundle.network) != before


def test_damage_is_told(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = make_bundle()
    save_bundle(tmp_path, bundle.network, bundle.card)
    weights = tmp_path / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[: len(content) // 2])
    with pytest.raises(WeightsError, match="cannot be read"):
        load_bundle(tmp_path)
    weights.unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        load_bundle(tmp_path)


def test_weights_that_contradict_the_card(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = make_bundle()
    save_bundle(tmp_path, bundle.network, bundle.card)
    bundle.card.model_copy(update={"labels": ["abnormal", "other"]}).write(tmp_path / "card.json")
    with pytest.raises(WeightsError, match="do not fit mobilenetv2_035 with 2 outputs"):
        load_bundle(tmp_path)
