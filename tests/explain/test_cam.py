"""A map must show what the network looks at: known by construction, for a CNN and a ViT, and lost with its weights."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
import timm
import torch
from torch import nn

from fundusfm.errors import ConfigError, LabelError, WeightsError
from fundusfm.explain import cam as cam_module
from fundusfm.explain.cam import Method, heat_map
from fundusfm.explain.layers import finer_layer, to_grid
from fundusfm.models.bundle import read_bundle
from fundusfm.models.card.schema import Card
from fundusfm.models.trainable import TrainableBundle, save_bundle

SIZE = 64
METHODS: tuple[Method, ...] = ("gradcam", "hirescam")


def bundle_of(network: nn.Module, labels: tuple[str, ...] = ("abnormal",)) -> TrainableBundle:
    card = Card(
        name="tiny",
        architecture="tiny",
        strategy="scratch",
        labels=list(labels),
        task="multilabel",
        size=SIZE,
        mean=[0.0] * 3,
        std=[1.0] * 3,
        crop="fov-v1",
    )
    return TrainableBundle(network=network.eval(), card=card, path=None, hash="")


def quadrant_share(heat: np.ndarray, row: int, column: int) -> float:
    half = heat.shape[0] // 2
    return float(heat[row * half : (row + 1) * half, column * half : (column + 1) * half].sum() / heat.sum())


class QuadrantCNN(nn.Module):
    """Sees brightness, and scores it in one quadrant of its final features only."""

    def __init__(self, row: int, column: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 8, stride=8, bias=False)
        nn.init.constant_(self.conv.weight, 1 / 192)
        self.register_buffer("mask", torch.zeros(1, 1, 8, 8))
        self.mask[..., 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = 1

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return self.conv(images).relu() * self.mask

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        return features.mean(dim=(1, 2, 3))[:, None]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.forward_head(self.forward_features(images))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_cnn_that_looks_at_one_quadrant(row: int, column: int, method: Method) -> None:
    image = np.full((SIZE, SIZE, 3), 200, np.uint8)
    heat = heat_map(bundle_of(QuadrantCNN(row, column)), image, "abnormal", method)
    assert heat.shape == (SIZE, SIZE)
    assert heat.dtype == np.float32
    assert heat.min() >= 0
    assert heat.max() == 1
    assert quadrant_share(heat, row, column) > 0.8


def bright_patch_vit(**arguments: object) -> nn.Module:
    """A ViT whose patches carry their brightness in channel 0, and whose score is what comes of that channel.

    The other blocks pass tokens on unchanged, so the last one's attention gathers the patches' mark.
    """
    torch.manual_seed(0)
    vit = timm.create_model(
        "vit_tiny_patch16_224", pretrained=False, num_classes=1, img_size=SIZE, depth=2, **arguments
    )
    with torch.no_grad():
        for parameter in vit.parameters():
            parameter.zero_()
        for module in vit.modules():
            if isinstance(module, nn.LayerNorm):
                module.weight.fill_(1)
        vit.patch_embed.proj.weight[0] = 1 / (3 * 16 * 16)
        vit.patch_embed.proj.bias[1] = 0.5  # keeps the norm of a dark patch away from 0 / 0
        width = vit.embed_dim
        last = vit.blocks[-1].attn
        last.qkv.weight[2 * width :] = torch.eye(width)  # values are the tokens; equal queries and keys attend to all
        last.proj.weight.copy_(torch.eye(width))
        vit.head.weight[0, 0] = 1
    return vit


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("arguments", [{}, {"reg_tokens": 4}, {"class_token": False, "global_pool": "avg"}])
@pytest.mark.parametrize(("row", "column"), [(0, 1), (1, 0)])
def test_vit_with_class_and_register_tokens(
    row: int, column: int, arguments: dict[str, object], method: Method
) -> None:
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    half = SIZE // 2
    image[row * half : (row + 1) * half, column * half : (column + 1) * half] = 255
    heat = heat_map(bundle_of(bright_patch_vit(**arguments)), image, "abnormal", method)
    assert quadrant_share(heat, row, column) > 0.7


@pytest.mark.parametrize("name", ["resnet10t", "convnext_atto", "swin_s3_tiny_224", "mobilenetv2_035", "pvt_v2_b0"])
def test_layer_is_found_in_any_family(name: str) -> None:
    torch.manual_seed(0)
    options = {"img_size": SIZE, "window_size": 2} if "swin" in name else {}
    network = timm.create_model(name, pretrained=False, num_classes=2, **options)
    image = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8)
    maps = [heat_map(bundle_of(network, ("a", "b")), image, label, "hirescam") for label in ("a", "b")]
    assert all(np.isfinite(heat).all() for heat in maps)
    assert not np.allclose(*maps), "each label has its own map"


class RandomFilters(nn.Module):
    """Sixteen random filters on an 8 x 8 grid, pooled: a CNN whose channels see different things."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 8, stride=8)
        self.head = nn.Linear(16, 1)

    def get_classifier(self) -> nn.Linear:
        return self.head

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return self.conv(images - images.mean()).relu()

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        return self.head(features.mean(dim=(2, 3)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.forward_head(self.forward_features(images))


def random_vit() -> nn.Module:
    return timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=1, img_size=SIZE, depth=2)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two maps; an empty map is like no other."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1]) if one.any() and other.any() else 0.0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("make", [RandomFilters, random_vit])
def test_random_head_changes_the_map(make: Callable[[], nn.Module], method: Method) -> None:
    """Sanity check of Adebayo et al., NeurIPS 2018: a map that survives other weights does not explain the model."""
    torch.manual_seed(0)
    network = make()
    image = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8)

    def drawn() -> np.ndarray:
        nn.init.normal_(network.get_classifier().weight, std=0.1)
        first = heat_map(bundle_of(network), image, "abnormal", method)
        assert np.array_equal(first, heat_map(bundle_of(network), image, "abnormal", method)), "one head, one map"
        return first

    maps = [drawn() for _ in range(8)]
    assert sum(heat.any() for heat in maps) >= 4, "maps that are all empty would pass too"
    assert np.mean([likeness(one, other) for one, other in combinations(maps, 2)]) < 0.5


def test_finer_stage_with_tokens_in_another_order_is_not_read() -> None:
    """Hiera reorders its tokens for windowed attention; only its final ones lie as the image does."""
    network = timm.create_model("hiera_tiny_224", pretrained=False, num_classes=1)
    stage = finer_layer(network)
    assert stage is not None
    with pytest.raises(WeightsError, match="grid of positions"):
        to_grid(torch.zeros(1, 196, 384), network, tokens=False)
    assert to_grid(torch.zeros(1, 49, 768), network).shape == (1, 768, 7, 7)


def test_network_is_left_as_it_was() -> None:
    network = timm.create_model("resnet10t", pretrained=False, num_classes=1).train()
    bundle = bundle_of(network)
    network.train()
    network.conv1[0].weight.requires_grad_(False)
    heat_map(bundle, np.zeros((SIZE, SIZE, 3), np.uint8), "abnormal")
    assert network.training
    assert [name for name, parameter in network.named_parameters() if not parameter.requires_grad] == ["conv1.0.weight"]
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


def test_crop_of_another_size_keeps_its_size() -> None:
    heat = heat_map(bundle_of(QuadrantCNN(0, 0)), np.full((100, 100, 3), 200, np.uint8), "abnormal")
    assert heat.shape == (100, 100)


def test_without_positive_evidence_the_map_is_empty() -> None:
    assert not heat_map(bundle_of(QuadrantCNN(0, 0)), np.zeros((SIZE, SIZE, 3), np.uint8), "abnormal").any()


def test_wrong_label_and_method_are_named() -> None:
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    with pytest.raises(LabelError, match="no label 'dr'; it has: abnormal"):
        heat_map(bundle_of(QuadrantCNN(0, 0)), image, "dr")
    with pytest.raises(ConfigError, match="gradcam, hirescam"):
        heat_map(bundle_of(QuadrantCNN(0, 0)), image, "abnormal", "lime")  # type: ignore[arg-type]


def test_network_without_positions_is_refused() -> None:
    network = timm.create_model("pit_ti_224", pretrained=False, num_classes=1)
    bundle = bundle_of(network)
    bundle.card.size = 224
    with pytest.raises(WeightsError, match=r"no .*grid of positions"):
        heat_map(bundle, np.zeros((224, 224, 3), np.uint8), "abnormal")


@pytest.mark.parametrize("name", ["resnet10t", "mobilenetv2_035", "tf_efficientnet_lite0"])
def test_a_linear_heads_map_needs_no_gradients(name: str, tmp_path: Path) -> None:
    """The picture is the one of pytorch-grad-cam."""
    torch.manual_seed(0)
    network = timm.create_model(name, pretrained=False, num_classes=2).eval()
    nn.init.normal_(network.get_classifier().weight, std=0.1)
    card = bundle_of(network, ("a", "b")).card.model_copy(update={"architecture": name})
    save_bundle(tmp_path, network, card)
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8), (0, 0), 5)
    read = read_bundle(tmp_path)
    assert read.head_weights() is not None
    for label in ("a", "b"):
        found, expected = heat_map(read, image, label), heat_map(bundle_of(network, ("a", "b")), image, label)
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_without_torch_a_map_by_gradients_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = timm.create_model("resnet10t", pretrained=False, num_classes=1)
    save_bundle(tmp_path, network, bundle_of(network).card.model_copy(update={"architecture": "resnet10t"}))
    monkeypatch.setattr(cam_module, "require_extra", lambda extra, by: pytest.fail(f"{by} [{extra}]"))
    read = read_bundle(tmp_path)
    heat_map(read, np.zeros((SIZE, SIZE, 3), np.uint8), "abnormal")
    with pytest.raises(pytest.fail.Exception, match=r"A hirescam map of tiny \[train\]"):
        heat_map(read, np.zeros((SIZE, SIZE, 3), np.uint8), "abnormal", "hirescam")
