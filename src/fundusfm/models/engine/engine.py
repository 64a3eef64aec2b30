"""What computes a network: pixels in, named arrays out, whichever library does the arithmetic."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

IMAGES = "images"
"""Name of a graph's input: uint8 (n, side, side, 3), RGB."""

LOGITS, FEATURES, MAP, VESSELS, STRUCTURES = "logits", "features", "map", "vessels", "structures"
"""Outputs. A classifier has `logits` (n, labels), a backbone does not. Both have the pooled `features` (n, d) and the
last feature `map`, (n, d, h, w) or (n, tokens, d). A segmenter of vessels alone has their probability,
`vessels` (n, side, side); one of several masks has `structures`, (n, masks, side, side)."""


class NetworkEngine(Protocol):
    """A network, ready to compute."""

    def run(self, images: NDArray[np.uint8], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """Computes some outputs.

        Args:
            images: uint8 (n, side, side, 3), RGB, n at least 1.
            outputs: Names, such as `logits`.

        Returns:
            One float32 array per name, each of n rows. A row does not depend on the other rows.
        """

    def width(self, output: str) -> int:
        """Returns the length of an output's second axis, such as the number of logits."""
