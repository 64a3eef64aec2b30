"""Graphs give what their networks give, or are not written."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.engine import LOGITS, STRUCTURES
from fundusfm.models.engine.pixels import outputs_of
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.engine.translate import agree, calibration_images, linear_head, translated
from fundusfm.models.network import to_input
from fundusfm.models.trainable import TrainableBundle

ARCHITECTURES = ["test_resnet", "mobilenetv2_035", "convnext_atto", "vit_tiny_patch16_224"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_are_the_networks(make_bundle: Callable[..., TrainableBundle], architecture: str) -> None:
    bundle = make_bundle(architecture, ("a", "b"), 32)
    images = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), np.uint8)
    (found,) = OnnxEngine(translated(bundle.network, bundle.card)).run(images, (LOGITS,))
    with torch.inference_mode():
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
        expected = bundle.network(to_input(pixels, bundle.card.mean, bundle.card.std)).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize(
    ("architecture", "head"),
    [("test_resnet", "fc"), ("mobilenetv2_035", "classifier"), ("convnext_atto", None), ("vit_tiny_patch16_224", None)],
)
def test_a_linear_head_is_told_by_computing(
    make_bundle: Callable[..., TrainableBundle], architecture: str, head: str | None
) -> None:
    bundle = make_bundle(architecture, ("a", "b"), 32)
    found = linear_head(bundle.network, bundle.card)
    assert found == head or (head == "fc" and found is not None)
    assert linear_head(bundle.network, bundle.card.model_copy(update={"labels": []})) is None


def test_the_network_stays_as_it_was(make_bundle: Callable[..., TrainableBundle]) -> None:
    bundle = make_bundle("test_resnet", ("a",), 32)
    translated(bundle.network, bundle.card)
    assert all(parameter.requires_grad for parameter in bundle.network.parameters())


class _Counting(nn.Module):
    """Gives another answer at every call, so that no graph can equal it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.calls = 0

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self.network.forward_features(images) + self.calls  # type: ignore[operator, no-any-return]

    def forward_head(self, features: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        return self.network.forward_head(features, pre_logits=pre_logits)  # type: ignore[operator, no-any-return]


def test_a_graph_with_other_outputs_is_refused(make_bundle: Callable[..., TrainableBundle]) -> None:
    bundle = make_bundle("test_resnet", ("a",), 32)
    with pytest.raises(WeightsError, match="test_resnet as an ONNX graph gives other"):
        translated(_Counting(bundle.network), bundle.card)


def test_single_pixels_of_a_map_may_differ_by_more_than_a_score() -> None:
    wanted = np.full((1, 2, 200, 200), 0.5, np.float32)
    one = wanted.copy()
    one[0, 0, 0, 0] += 5e-4
    assert agree(STRUCTURES, one, wanted) and not agree(LOGITS, one, wanted)
    assert not agree(STRUCTURES, wanted + np.float32(5e-4), wanted)
    several = wanted.copy()
    several[0, 0, 0, :100] += 5e-4  # one in 800
    assert agree(STRUCTURES, several, wanted, resampled=True) and not agree(STRUCTURES, several, wanted)
    one[0, 0, 0, 0] += 1e-2
    assert not agree(STRUCTURES, one, wanted)
    assert not agree(STRUCTURES, wanted[:, :1], wanted)


def test_calibration_images_are_unlike_each_other() -> None:
    noise, disc, black = calibration_images(32)
    assert noise.std() > 60 and disc[16, 16, 0] > disc[16, 16, 2] > 0 and not black.any()


def test_the_torch_engine_gives_named_outputs(make_bundle: Callable[..., TrainableBundle]) -> None:
    bundle = make_bundle("test_resnet", ("a",), 32)
    engine = TorchEngine(outputs_of(bundle.network, bundle.card), "cpu", 32)
    first, second = engine.run(calibration_images(32), ("features", "logits"))
    assert first.shape == (3, engine.width("features")) and second.shape == (3, engine.width("logits")) == (3, 1)
