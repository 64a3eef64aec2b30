"""Decoders over backbones: every weight of the encoder is the backbone's, and a frozen one stays."""

from typing import get_args

import pytest
import timm
import torch

from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.segmentation.network import (
    Decoder,
    build_segmentation_network,
    freeze_encoder,
    load_encoder,
)

BACKBONES = ("test_resnet", "test_efficientnet", "test_convnext", "mobilenetv2_035")


@pytest.mark.parametrize("decoder", get_args(Decoder))
def test_every_decoder_maps_pixels_to_pixels(decoder: str) -> None:
    network = build_segmentation_network(decoder, "test_resnet").eval()
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, 64, 96)).shape == (1, 1, 64, 96)


@pytest.mark.parametrize("architecture", BACKBONES)
def test_the_encoder_computes_what_the_backbone_does(architecture: str) -> None:
    torch.manual_seed(1)
    backbone = timm.create_model(architecture, num_classes=0).eval()
    for buffer in (buffer for name, buffer in backbone.named_buffers() if "running" in name):
        buffer.uniform_(0.5, 1.5)  # statistics must travel too
    network = build_segmentation_network("unet", architecture).eval()
    load_encoder(network, backbone)
    images = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        expected = backbone.forward_intermediates(images, intermediates_only=True)
        found = network.encoder(images)  # type: ignore[operator]
    assert torch.allclose(found[-1], expected[-1], atol=1e-5)


def test_another_backbone_is_refused() -> None:
    network = build_segmentation_network("unet", "test_resnet")
    with pytest.raises(WeightsError, match="does not fit the encoder"):
        load_encoder(network, timm.create_model("test_efficientnet", num_classes=0))


def test_a_frozen_encoder_stays_bit_identical_in_training() -> None:
    network = build_segmentation_network("unet", "test_resnet")
    freeze_encoder(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network.train()(torch.randn(2, 3, 64, 64)).square().mean().backward()
    optimizer.step()
    after = network.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before if name.startswith("encoder."))
    assert any(not torch.equal(after[name], before[name]) for name in before if name.startswith("decoder."))


@pytest.mark.parametrize("architecture", ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"])
def test_backbones_of_one_size_are_refused(architecture: str) -> None:
    with pytest.raises(ConfigError, match="one size only"):
        build_segmentation_network("unet", architecture)


def test_an_unknown_decoder_is_refused() -> None:
    with pytest.raises(ConfigError, match="no decoder 'wnet'; there are unet"):
        build_segmentation_network("wnet", "test_resnet")
