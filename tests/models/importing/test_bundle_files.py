"""Bundles of every kind are loaded before they are copied."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fundusfm
from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import Card
from fundusfm.models.importing.bundle_files import check_bundle, copy_bundle
from fundusfm.models.reference import fit_reference
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.load import load_segmenter
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.trainable import save_bundle, weights_hash


def test_a_segmenter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "cache"))
    card = Card(
        name="mine",
        architecture="tiny",
        strategy="scratch",
        task="vessels",
        decoder="tiny",
        size=64,
        mean=[0.5] * 3,
        std=[0.2] * 3,
        crop="fov-v1",
    )
    network = build_segmentation_network("tiny", "tiny")
    save_segmenter(tmp_path / "made", network, card)
    fundusfm.import_weights(source=str(tmp_path / "made"), name="mine")
    assert load_segmenter("mine").hash == weights_hash(network)


def test_a_reference_of_other_weights(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    features = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
    reference = fit_reference(features, np.arange(60).astype(object), seed=0)
    first, second = make_bundle(), make_bundle(labels=("abnormal", "glaucoma"))
    for name, bundle in (("first", first), ("second", second)):
        save_bundle(tmp_path / name, bundle.network, bundle.card, reference=reference)
    copy_bundle(tmp_path / "first", tmp_path / "copy")
    assert check_bundle(tmp_path / "copy").labels == ["abnormal"] and (tmp_path / "copy/reference.safetensors").exists()
    (tmp_path / "second" / "reference.safetensors").replace(tmp_path / "copy" / "reference.safetensors")
    with pytest.raises(WeightsError, match="belongs to other weights"):
        check_bundle(tmp_path / "copy")
