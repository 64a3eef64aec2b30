"""Networks by name, their heads and their features."""

import pytest
import torch

from fundusfm.errors import ConfigError
from fundusfm.models.network import (
    attach_head,
    build_network,
    fit_position_embedding,
    model_arguments,
    pooled_features,
)

CNN, VIT = "mobilenetv2_035", "vit_tiny_patch16_224"


@pytest.mark.parametrize("architecture", [CNN, VIT])
def test_fresh_heads_start_near_zero(architecture: str) -> None:
    network = build_network(architecture, outputs=2, size=32).eval()
    logits = network(torch.randn(4, 3, 32, 32))
    assert logits.shape == (4, 2) and logits.abs().max() < 1
    attach_head(network, 5)
    assert network(torch.randn(1, 3, 32, 32)).shape == (1, 5)
    assert (network.get_classifier().bias == 0).all()


@pytest.mark.parametrize("architecture", [CNN, VIT])
def test_features_are_what_the_head_sees(architecture: str) -> None:
    network = build_network(architecture, outputs=3, size=32).eval()
    images = torch.randn(2, 3, 32, 32)
    features = pooled_features(network, images)
    assert features.shape == (2, network.num_features)
    torch.testing.assert_close(network.get_classifier()(features), network(images))


def test_features_do_not_depend_on_the_head() -> None:
    network = build_network(CNN, outputs=3, size=32).eval()
    images = torch.randn(2, 3, 32, 32)
    before = pooled_features(network, images)
    attach_head(network, 0)
    torch.testing.assert_close(pooled_features(network, images), before)


def test_only_position_embeddings_fix_the_size() -> None:
    assert model_arguments(CNN, 48) == {} and model_arguments(VIT, 48) == {"img_size": 48}


def test_unknown_names_get_near_ones() -> None:
    with pytest.raises(ConfigError, match=r"no backbone 'resnt50'; near names: .*resnet50"):
        build_network("resnt50", outputs=0, size=32)


def test_impossible_size_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("input size must be divisible by 7")

    monkeypatch.setattr("timm.create_model", refuse)
    with pytest.raises(ConfigError, match=f"{VIT} cannot take 50 px: input size must be divisible by 7"):
        build_network(VIT, outputs=1, size=50)


def test_two_heads_are_both_made_small() -> None:
    network = build_network("levit_128s", outputs=2, size=224).eval()
    assert network(torch.randn(1, 3, 224, 224)).abs().max() < 1


def test_position_embeddings_are_resampled() -> None:
    large, small = (build_network(VIT, outputs=0, size=size) for size in (64, 32))
    weights = fit_position_embedding(small, large.state_dict())
    assert weights["pos_embed"].shape == small.pos_embed.shape
    small.load_state_dict(weights)
    same = large.state_dict()
    assert fit_position_embedding(large, same) is same
