"""Whose weights they are."""

import pytest
import torch

from fundusfm.models.importing.family import family_of, split_backbone

_ONE = torch.ones(1)


def test_the_shortest_prefix() -> None:
    names = ("net.conv1.weight", "net.layer1.0.conv1.weight", "head.weight")
    prefix, inner = split_backbone(dict.fromkeys(names, _ONE))
    assert prefix == "net." and inner.keys() == {"conv1.weight", "layer1.0.conv1.weight"}


def test_a_known_first_layer() -> None:
    tensors = {"a.stem.conv.weight": _ONE, "a.fc.weight": _ONE}
    assert split_backbone(tensors, "stem.conv.weight")[0] == "a."
    assert split_backbone(tensors) == ("", tensors)


def test_only_with_a_decoder_the_mask_token_goes() -> None:
    tensors = {"patch_embed.proj.weight": _ONE, "mask_token": _ONE}
    assert split_backbone(tensors)[1].keys() == tensors.keys()
    assert split_backbone(tensors | {"decoder_embed.weight": _ONE})[1].keys() == {"patch_embed.proj.weight"}


@pytest.mark.parametrize(("tokens", "size"), [(16, 64), (17, 64), (18, 64), (15, 224)])
def test_the_size_is_that_of_the_positions(tokens: int, size: int) -> None:
    backbone = {"pos_embed": torch.ones(1, tokens, 192), "patch_embed.proj.weight": torch.ones(192, 3, 16, 16)}
    family = family_of("vit_tiny_patch16_224", "", set(backbone), backbone)
    assert family.size == size and family.arguments == {}


def test_a_tag_chooses_the_normalisation() -> None:
    assert family_of("vit_large_patch16_224", "", set(), {}).mean == (0.5, 0.5, 0.5)
    assert family_of("vit_large_patch16_224.mae", "", set(), {}).mean == (0.485, 0.456, 0.406)
