"""The crop of a photograph for people to look at; light, because decoding processes import it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.inputs.photograph import Decoder, Photograph
from fundusfm.data.store.convert import crop_decoded

SIDE = 768
"""Side of the crop in pixels."""


@dataclass(frozen=True)
class View:
    """A crop to look at, finer than what the network sees.

    Attributes:
        square: uint8 (768, 768, 3) RGB.
        circle: Whether the field of view is a circle, which then touches the square's four sides.
    """

    square: NDArray[np.uint8]
    circle: bool


def view(photograph: Photograph) -> View:
    """Decodes and crops a photograph.

    Raises:
        DecodeError: The photograph cannot be decoded.
    """
    square, _, fov = crop_decoded(Decoder(photograph), SIDE)
    return View(square, fov.found)
