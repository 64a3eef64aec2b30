"""The exported program runs any number of images, transformers and segmenters too."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.export.portable import Portable, portable_classifier, portable_segmenter
from fundusfm.models.export.torch import PROGRAM, write_torch
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.trainable import bundle_of


def _same(folder: Path, portable: Portable, counts: tuple[int, ...]) -> None:
    program = torch.export.load(folder / PROGRAM).module()
    for count in counts:
        images = portable.example(count)
        with torch.inference_mode():
            for found, expected in zip(program(images), portable.network(images), strict=True):
                assert np.allclose(found, expected, atol=1e-5)


def test_a_transformer_takes_any_number_of_images(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    portable = portable_classifier(make_bundle("test_vit", ("a", "b"), 160))
    write_torch(tmp_path, portable)
    _same(tmp_path, portable, (1, 2, 7))


def test_a_segmenter(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    card = make_bundle("test_resnet", (), 64).card.model_copy(
        update={"task": "vessels", "decoder": "tiny", "labels": ["vessels"]}
    )
    portable = portable_segmenter(bundle_of(build_segmentation_network("tiny", "test_resnet").eval(), card))
    write_torch(tmp_path, portable)
    _same(tmp_path, portable, (1, 3))


class _Branching(nn.Module):
    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (images.float().mean((1, 2, 3)) if images.sum() > 0 else images.float().sum((1, 2, 3)),)


def test_a_network_that_cannot_be_traced_is_told(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    card = make_bundle("test_resnet", (), 64).card
    with pytest.raises(WeightsError, match=r"test_resnet cannot be exported as a graph.*--format timm"):
        write_torch(tmp_path, Portable(_Branching(), ("features",), 64, card, "hash"))
    assert not list(tmp_path.iterdir())
