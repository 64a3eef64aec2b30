"""State dicts with random values in the layouts of released weights."""

from collections.abc import Callable

import pytest
import timm
import torch
import torchvision
from torch import nn

Tensors = dict[str, torch.Tensor]


def random_values(network: nn.Module, seed: int = 0) -> Tensors:
    """Returns a state dict of small random numbers; variances stay positive."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(value.shape, generator=generator) * 0.1 + 0.01 if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }


@pytest.fixture(scope="session")
def retfound() -> Callable[..., Tensors]:
    """RETFound's layout (a masked autoencoder's), of the size of ViT-Ti."""

    def make(*, decoder: bool = True, fine_tuned: bool = False, size: int = 64) -> Tensors:
        tensors = random_values(timm.create_model("vit_tiny_patch16_224", img_size=size, num_classes=5))
        tensors["pos_embed"][0, 0] = 0  # the class token's place in fixed sines
        if fine_tuned:
            tensors |= {f"fc_norm.{kind}": tensors.pop(f"norm.{kind}") for kind in ("weight", "bias")}
            return tensors
        tensors = {name: value for name, value in tensors.items() if not name.startswith("head")}
        if decoder:
            tensors |= {"mask_token": torch.zeros(1, 1, 32), "decoder_pos_embed": torch.zeros(1, 17, 32)}
            tensors |= {"decoder_embed.weight": torch.zeros(32, 192), "decoder_blocks.0.norm1.weight": torch.zeros(32)}
        return tensors

    return make


@pytest.fixture(scope="session")
def resnet() -> Tensors:
    """torchvision's ResNet-18."""
    return random_values(torchvision.models.resnet18(num_classes=10))
