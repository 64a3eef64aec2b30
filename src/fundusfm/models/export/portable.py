"""A bundle as one network from pixels to scores: what is exported for programs that have neither timm nor FundusFM.

Normalisation, sigmoid or softmax, and calibration are part of the network, so none of them can be forgotten or
done twice. The crop is not: see `fundusfm.models.card.recipes.crop_recipe`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import ALL, Card
from fundusfm.models.engine.engine import FEATURES, STRUCTURES, VESSELS
from fundusfm.models.engine.pixels import FromPixels
from fundusfm.models.engine.translate import agree, calibration_images
from fundusfm.models.segmentation.tiles import whole_side
from fundusfm.models.trainable import TrainableBundle

INPUT = "images"
SCORES, PROBABILITIES = "scores", "probabilities"

Outputs = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Portable:
    """A network that needs no card to be right.

    Attributes:
        network: uint8 (n, 3, side, side), RGB, to one tensor per name of `outputs`, on the CPU.
        outputs: `scores` and `probabilities` (n, labels) of a classifier, `features` (n, d) of a backbone, `vessels`
            (n, side, side) of a segmenter.
        side: Side of the images in pixels.
        card: Card of the bundle.
        hash: SHA-256 over the bundle's weights.
    """

    network: nn.Module
    outputs: tuple[str, ...]
    side: int
    card: Card
    hash: str

    def example(self, count: int) -> torch.Tensor:
        """Returns `count` images of noise, always the same."""
        generator = torch.Generator().manual_seed(0)
        return torch.randint(0, 256, (count, 3, self.side, self.side), dtype=torch.uint8, generator=generator)

    def check(self, run: Callable[[torch.Tensor], list[NDArray[np.float32]]], tolerance: float, what: str) -> None:
        """Compares another form of the network with this one, on one image and on three.

        Args:
            run: The other form.
            tolerance: Largest difference, absolute and relative; of maps see `agree`.
            what: How to call the other form.

        Raises:
            WeightsError: The outputs differ.
        """
        for images in self._compared():
            with torch.inference_mode():
                expected = [output.numpy() for output in self.network(images)]
            for name, found, wanted in zip(self.outputs, run(images), expected, strict=True):
                if name in (VESSELS, STRUCTURES):
                    alike = agree(name, found, wanted, resampled=bool(self.card.parts))
                else:
                    alike = found.shape == wanted.shape and np.allclose(found, wanted, rtol=tolerance, atol=tolerance)
                if not alike:
                    raise WeightsError(
                        f"{self.card.architecture} as {what} gives other {name} than the bundle, so nothing was "
                        "written: please report it with this sentence, and export another format."
                    )

    def _compared(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns one image and three: noise, or for maps what the graph of a bundle is compared on."""
        if not {VESSELS, STRUCTURES} & set(self.outputs):
            return self.example(1), self.example(3)
        # Where a network resamples pure noise, more pixels differ in the last digits than on any photograph.
        images = torch.from_numpy(np.ascontiguousarray(np.moveaxis(calibration_images(self.side), -1, 1)))
        return images[1:2], images


def portable_classifier(bundle: TrainableBundle) -> Portable:
    """Returns a classifier, or a backbone without a head, from pixels to scores or features."""
    card = bundle.card
    network = bundle.network.cpu().eval()
    outputs = (SCORES, PROBABILITIES) if card.labels else (FEATURES,)
    whole: nn.Module = _Classifier(network, card) if card.labels else _Backbone(network, card)
    return Portable(whole.eval().requires_grad_(False), outputs, card.size, card, bundle.hash)


def portable_segmenter(bundle: TrainableBundle) -> Portable:
    """Returns a segmenter, from the pixels of one whole crop with its margin to probabilities."""
    card = bundle.card
    whole = _Segmenter(bundle.network.cpu().eval(), card)
    outputs = (STRUCTURES if whole.several else VESSELS,)
    return Portable(whole.eval().requires_grad_(False), outputs, whole_side(card.size), card, bundle.hash)


class _Classifier(FromPixels):
    def __init__(self, network: nn.Module, card: Card) -> None:
        super().__init__(network, card)
        self.softmax = card.task == "multiclass"
        names = [ALL] if self.softmax else card.labels
        self.register_buffer("temperature", torch.tensor([card.temperature.get(name, 1.0) for name in names]))
        self.register_buffer("bias", torch.tensor([card.bias.get(label, 0.0) for label in card.labels]))

    def forward(self, images: torch.Tensor) -> Outputs:
        logits = self.joined(self.network(self.views(images)))
        calibrated = logits / self.temperature + self.bias  # type: ignore[operator]
        return (logits.softmax(1), calibrated.softmax(1)) if self.softmax else (logits.sigmoid(), calibrated.sigmoid())


class _Backbone(FromPixels):
    def forward(self, images: torch.Tensor) -> Outputs:
        return (self.joined(self.network(self.views(images))),)


class _Segmenter(FromPixels):
    def __init__(self, network: nn.Module, card: Card) -> None:
        super().__init__(network, card)
        self.several = card.task == "structures"

    def forward(self, images: torch.Tensor) -> Outputs:
        found = self.network(self.normalised(images)).sigmoid()
        return (found if self.several else found[:, 0],)
