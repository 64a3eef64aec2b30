"""Graphs beside the weights and in the cache: whole, of the right labels, and made once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fundusfm.errors import MissingExtraError, WeightsError
from fundusfm.models import bundle as bundle_module
from fundusfm.models.bundle import read_bundle
from fundusfm.models.engine.graphs import GRAPH, input_side
from fundusfm.models.trainable import TrainableBundle, save_bundle

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)


@pytest.fixture
def saved(make_bundle: Callable[..., TrainableBundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "cache"))
    bundle = make_bundle("test_resnet", ("a", "b"), 32)
    save_bundle(tmp_path / "bundle", bundle.network, bundle.card)
    return tmp_path / "bundle"


@pytest.fixture
def older(saved: Path) -> Path:
    """A bundle as versions before graphs wrote it."""
    card = read_bundle(saved).card
    card.model_copy(update={"graph": None}).write(saved / "card.json")
    (saved / GRAPH).unlink()
    return saved


def test_a_bundle_computes_without_its_network(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module.Bundle, "load_network", lambda self: pytest.fail("the network was built"))
    bundle = read_bundle(saved)
    (logits,) = bundle.engine.run(IMAGES, ("logits",))
    head = bundle.head_weights()
    assert logits.shape == (2, 2) and head is not None and head.shape[0] == 2


def test_a_flipped_bit_is_found(saved: Path) -> None:
    content = bytearray((saved / GRAPH).read_bytes())
    content[-1000] ^= 1
    (saved / GRAPH).write_bytes(content)
    with pytest.raises(WeightsError, match="is damaged") as refused:
        _ = read_bundle(saved).engine
    assert refused.value.code == "E-WEIGHTS-CHECKSUM"
    (saved / GRAPH).unlink()
    with pytest.raises(WeightsError, match=r"model\.onnx cannot be read"):
        _ = read_bundle(saved).engine


def test_a_card_of_other_labels_is_refused(saved: Path) -> None:
    card = read_bundle(saved).card
    card.model_copy(update={"labels": ["a", "b", "c"]}).write(saved / "card.json")
    with pytest.raises(WeightsError, match=r"has 2 outputs, and card\.json 3 labels"):
        _ = read_bundle(saved).engine


def test_older_bundles_are_converted_once(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_bundle(older).engine.run(IMAGES, ("logits",))
    assert not (older / GRAPH).exists()
    monkeypatch.setattr(bundle_module.Bundle, "load_network", lambda self: pytest.fail("converted twice"))
    again = read_bundle(older)
    np.testing.assert_array_equal(again.engine.run(IMAGES, ("logits",)), first)
    assert again.head_weights() is not None


def test_without_torch_an_older_bundle_names_the_extra(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(extra: str, needed_by: str) -> None:
        raise MissingExtraError("torch", extra, needed_by=needed_by)

    monkeypatch.setattr(bundle_module, "require_extra", missing)
    with pytest.raises(MissingExtraError, match=r"has no graph for images of 32 px.*fundusfm\[train\]"):
        _ = read_bundle(older).engine


def test_a_convolutional_backbone_takes_another_size(saved: Path) -> None:
    larger = np.zeros((1, 64, 64, 3), np.uint8)
    assert read_bundle(saved).engine_at(64).run(larger, ("features",))[0].shape[0] == 1


def test_segmenters_see_tiles_with_a_margin(saved: Path) -> None:
    card = read_bundle(saved).card
    sides = {size: input_side(card.model_copy(update={"decoder": "tiny", "size": size})) for size in (64, 500, 2000)}
    assert sides == {64: 96, 500: 544, 2000: 832} and input_side(card) == 32
