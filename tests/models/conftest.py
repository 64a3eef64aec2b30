"""Tiny networks without pretrained weights."""

from collections.abc import Callable

import pytest
import torch

from fundusfm.models.bundle import Bundle
from fundusfm.models.network import attach_head
from fundusfm.models.start import start_network
from fundusfm.models.trainable import bundle_of

CNN, VIT = "mobilenetv2_035", "vit_tiny_patch16_224"


@pytest.fixture(scope="session")
def make_bundle() -> Callable[..., Bundle]:
    """Builds a bundle of an architecture, with a head of visible weights for the labels."""

    def make(
        architecture: str = CNN, labels: tuple[str, ...] = ("abnormal",), size: int = 64, **changes: object
    ) -> Bundle:
        start = start_network("scratch", backbone=architecture, size=size)
        attach_head(start.network, len(labels))
        with torch.no_grad():
            for parameter in start.network.get_classifier().parameters():
                parameter.normal_(std=0.05)
        task = "binary" if len(labels) == 1 else "multilabel"
        card = start.card.model_copy(update={"labels": list(labels), "task": task if labels else None, **changes})
        return bundle_of(start.network, card)

    return make
