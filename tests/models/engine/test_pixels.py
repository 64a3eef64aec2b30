"""A network that averages views gives a photograph and its mirror images the same scores."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from fundusfm.explain.gradients import gradient_map
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.engine import FEATURES, LOGITS, MAP
from fundusfm.models.engine.pixels import outputs_of
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.engine.translate import linear_head, translated
from fundusfm.models.export.portable import portable_classifier
from fundusfm.models.mirrors import mirror_axes
from fundusfm.models.trainable import TrainableBundle, bundle_of

SIDE = 32
IMAGES = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
VIEWS = (2, 4)


@pytest.fixture(params=["mobilenetv2_035", "vit_tiny_patch16_224", "swin_s3_tiny_224"])
def plain(make_bundle: Callable[..., TrainableBundle], request: pytest.FixtureRequest) -> TrainableBundle:
    bundle: TrainableBundle = make_bundle(request.param, ("a", "b"), SIDE)
    return bundle


def _with_views(bundle: TrainableBundle, count: int) -> TrainableBundle:
    return bundle_of(bundle.network, bundle.card.model_copy(update={"views": count}))


def _run(bundle: TrainableBundle, images: np.ndarray) -> dict[str, np.ndarray]:
    names = (LOGITS, FEATURES, MAP)
    found = TorchEngine(outputs_of(bundle.network, bundle.card), "cpu", SIDE).run(images, names)
    return dict(zip(names, found, strict=True))


@pytest.mark.parametrize("count", VIEWS)
def test_mirroring_changes_no_score(plain: TrainableBundle, count: int) -> None:
    averaged = _with_views(plain, count)
    here = _run(averaged, IMAGES)
    for axes in mirror_axes(count):
        there = _run(averaged, _mirrored(axes))
        for name in (LOGITS, FEATURES):
            np.testing.assert_allclose(here[name], there[name], atol=1e-5)
        if here[MAP].ndim == 4:
            np.testing.assert_allclose(here[MAP], np.flip(there[MAP], [axis + 2 for axis in axes]), atol=1e-5)


@pytest.mark.parametrize("count", VIEWS)
def test_scores_are_the_mean_over_the_views(plain: TrainableBundle, count: int) -> None:
    single, found = (
        [_run(plain, _mirrored(axes)) for axes in mirror_axes(count)],
        _run(_with_views(plain, count), IMAGES),
    )
    for name in (LOGITS, FEATURES):
        np.testing.assert_allclose(found[name], np.mean([one[name] for one in single], axis=0), atol=1e-5)


@pytest.mark.parametrize("count", VIEWS)
def test_the_graph_gives_the_same(plain: TrainableBundle, count: int) -> None:
    averaged = _with_views(plain, count)
    engine = OnnxEngine(translated(averaged.network, averaged.card))
    assert engine.width(LOGITS) == len(averaged.card.labels)
    for images in (IMAGES[:1], IMAGES):
        (found,) = engine.run(images, (LOGITS,))
        np.testing.assert_allclose(found, _run(averaged, images)[LOGITS], atol=2e-4)


def test_an_export_gives_the_same(plain: TrainableBundle) -> None:
    averaged = _with_views(plain, 4)
    with torch.inference_mode():
        scores, _ = portable_classifier(averaged).network(torch.from_numpy(IMAGES).permute(0, 3, 1, 2))
    expected = 1 / (1 + np.exp(-_run(averaged, IMAGES)[LOGITS]))
    np.testing.assert_allclose(scores.numpy(), expected, atol=1e-5)


def test_the_head_is_still_linear(make_bundle: Callable[..., TrainableBundle]) -> None:
    averaged = _with_views(make_bundle("mobilenetv2_035", ("a", "b"), SIDE), 4)
    assert linear_head(averaged.network, averaged.card) == "classifier"


@pytest.mark.parametrize("count", VIEWS)
def test_a_map_by_gradients_is_mirrored_with_the_photograph(
    make_bundle: Callable[..., TrainableBundle], count: int
) -> None:
    averaged = _with_views(make_bundle("mobilenetv2_035", ("a", "b"), 64), count)
    image = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    here, _ = gradient_map(averaged.network, averaged.card, image, 0, "hirescam")
    there, _ = gradient_map(averaged.network, averaged.card, np.ascontiguousarray(image[:, ::-1]), 0, "hirescam")
    assert here.max() > 0
    np.testing.assert_allclose(here, there[:, ::-1], atol=1e-4)


def _mirrored(axes: tuple[int, ...]) -> np.ndarray:
    return np.ascontiguousarray(np.flip(IMAGES, [axis + 1 for axis in axes]))
