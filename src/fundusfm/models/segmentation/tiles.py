"""Large images in overlapping tiles that blend without seams."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

STRIDE = 32
"""The sides of a segmentation network's input are multiples of this."""

MARGIN = 16
"""Black pixels around a crop: in training there was black beyond the field of view, which touches the crop's sides."""

TILE, OVERLAP = 832, 192
"""Side of a tile in pixels, and the least overlap of neighbouring tiles."""

# Keeps the blend defined in the corners of the image, where the weight of every tile is smallest.
_LEAST_WEIGHT = 1e-3


def whole_side(size: int) -> int:
    """Returns the side that holds a crop of `size` pixels and its margin, a multiple of `STRIDE`."""
    return -(-(size + 2 * MARGIN) // STRIDE) * STRIDE


def tile_side(size: int) -> int:
    """Returns the side of the network's input for a crop of `size` pixels: all of it with its margin, or a tile."""
    return min(whole_side(size), TILE)


def tile_starts(length: int, tile: int, overlap: int) -> list[int]:
    """Returns where tiles begin along one side: evenly spread, overlapping by at least `overlap`, none beyond the end.

    Args:
        length: Length of the side in pixels.
        tile: Side of a tile in pixels; a shorter image is one tile.
        overlap: Pixels that neighbours share, less than `tile`.
    """
    if length <= tile:
        return [0]
    steps = -(-(length - tile) // (tile - overlap))
    return [round(step * (length - tile) / steps) for step in range(steps + 1)]


def tile_weights(height: int, width: int) -> NDArray[np.float32]:
    """Returns the weight of every pixel of a tile, (height, width): a raised cosine, largest in the middle."""

    def along(length: int) -> NDArray[np.float64]:
        return np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2 + _LEAST_WEIGHT

    return np.outer(along(height), along(width)).astype(np.float32)


def blend_tiles(
    image: NDArray[np.uint8], predict: Callable[[NDArray[np.uint8]], NDArray[np.float32]], *, tile: int, overlap: int
) -> NDArray[np.float32]:
    """Predicts an image tile by tile and averages where tiles overlap.

    Args:
        image: uint8 (height, width, 3).
        predict: Takes a part of the image (h, w, 3) and returns its maps (h, w, masks).
        tile: Side of a tile in pixels.
        overlap: Least overlap of neighbouring tiles, in pixels.

    Returns:
        float32 (height, width, masks).
    """
    height, width = image.shape[:2]
    total: NDArray[np.float32] | None = None
    weight = np.zeros((height, width, 1), np.float32)
    for top in tile_starts(height, tile, overlap):
        for left in tile_starts(width, tile, overlap):
            place = slice(top, top + tile), slice(left, left + tile)
            part = image[place]
            weights, found = tile_weights(*part.shape[:2])[..., None], predict(part)
            if total is None:
                total = np.zeros((height, width, found.shape[2]), np.float32)
            total[place] += weights * found
            weight[place] += weights
    assert total is not None  # an image has at least one tile
    return total / weight
