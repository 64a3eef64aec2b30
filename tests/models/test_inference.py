"""From stores to features, logits and scores."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fundusfm.data.store.reader import open_store
from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.inference import check_fit, features, image_batches, logits, scores_from_logits

VIT = "vit_tiny_patch16_224"


def test_batches_are_the_store_in_order(store: Path) -> None:
    opened = open_store(str(store))
    batches = list(image_batches(opened, 10))
    assert [len(batch) for batch in batches] == [10] * (len(opened) // 10) + [len(opened) % 10]
    np.testing.assert_array_equal(batches[1][2], opened.image(12))


@pytest.mark.parametrize("architecture", ["mobilenetv2_035", VIT])
def test_head_on_features_gives_logits(store: Path, make_bundle: Callable[..., Bundle], architecture: str) -> None:
    bundle, part = make_bundle(architecture), open_store(str(store)).take([0, 3, 5])
    found = features(bundle, part, batch_size=2)
    head = bundle.network.get_classifier()
    expected = found @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    np.testing.assert_allclose(logits(bundle, part), expected, rtol=1e-4, atol=1e-4)
    assert found.dtype == np.float32


def test_batch_size_changes_nothing(store: Path, make_bundle: Callable[..., Bundle]) -> None:
    bundle, part = make_bundle(), open_store(str(store)).take(list(range(7)))
    np.testing.assert_allclose(logits(bundle, part, batch_size=1), logits(bundle, part, batch_size=7), atol=1e-4)


def test_empty_store_gives_no_rows(store: Path, make_bundle: Callable[..., Bundle]) -> None:
    nothing = open_store(str(store)).take([])
    assert len(logits(make_bundle(), nothing)) == len(features(make_bundle(), nothing)) == 0


def test_scores() -> None:
    values = np.array([[0.0, np.log(3.0)]], dtype=np.float32)
    np.testing.assert_allclose(scores_from_logits(values, "multilabel"), [[0.5, 0.75]])
    np.testing.assert_allclose(scores_from_logits(values, "multiclass"), [[0.25, 0.75]])


def test_stores_that_do_not_fit(store: Path, make_bundle: Callable[..., Bundle]) -> None:
    opened = open_store(str(store))
    check_fit(make_bundle(), opened)
    with pytest.raises(WeightsError, match=r"holds 64 px images, the weights expect 96 px.*--size 96"):
        check_fit(make_bundle(size=96), opened)
    check_fit(make_bundle(size=96, labels=()), opened)  # a convolutional backbone may be moved
    with pytest.raises(WeightsError, match="expect 96 px"):
        check_fit(make_bundle(VIT, size=96, labels=()), opened)
    opened.header = replace(opened.header, crop="fov-v0")
    with pytest.raises(WeightsError, match="fov-v0"):
        check_fit(make_bundle(), opened)
