"""Architectures told from names and shapes."""

import pytest
import timm
import torch

from fundusfm.models.importing.recognise import recognise


@pytest.mark.parametrize(
    "architecture",
    ["resnet34", "wide_resnet50_2", "efficientnet_b0", "vit_tiny_patch16_224", "vit_small_patch14_reg4_dinov2"],
)
def test_by_shapes(architecture: str) -> None:
    with torch.device("meta"):
        network = timm.create_model(architecture, num_classes=7)
    assert recognise(network.state_dict()) == architecture


def test_unknown() -> None:
    assert recognise({}) is None
    assert recognise({"layer1.0.conv1.weight": torch.zeros(3)}) is None
    assert recognise({"blocks.0.attn.qkv.weight": torch.zeros(3), "patch_embed.proj.weight": torch.zeros(7)}) is None
    odd = {"blocks.0.attn.qkv.weight": torch.zeros(3), "patch_embed.proj.weight": torch.zeros(192, 3, 5, 5)}
    assert recognise(odd) is None
