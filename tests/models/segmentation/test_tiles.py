"""Tiles cover an image, and blending them changes nothing that does not depend on tiles."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fundusfm.models.segmentation.tiles import blend_tiles, tile_starts, tile_weights


@given(st.integers(1, 300), st.integers(2, 80), st.data())
def test_tiles_cover_every_pixel_and_overlap_enough(length: int, tile: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, tile - 1))
    starts = tile_starts(length, tile, overlap)
    assert starts[0] == 0
    assert starts[-1] == max(length - tile, 0)
    # Evenly spread starts are rounded, which may cost one pixel of overlap.
    assert all(0 < later - earlier <= tile - overlap + 1 for earlier, later in itertools.pairwise(starts))


def test_weights_are_symmetric_and_never_nothing() -> None:
    weights = tile_weights(7, 12)
    assert weights.min() > 0
    assert np.allclose(weights, weights[::-1, ::-1])
    assert weights.argmax() in np.flatnonzero(weights.ravel() == weights.max())


@given(st.integers(1, 60), st.integers(1, 60), st.integers(8, 30), st.integers(0, 7))
def test_a_map_of_single_pixels_comes_back_as_it_was(height: int, width: int, tile: int, overlap: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)

    def brightness(part: NDArray[np.uint8]) -> NDArray[np.float32]:
        return part.mean(axis=2, dtype=np.float32, keepdims=True)

    assert np.allclose(blend_tiles(image, brightness, tile=tile, overlap=overlap), brightness(image), atol=1e-3)


@pytest.mark.parametrize("overlap", [4, 16])
def test_tiles_that_disagree_blend_without_a_step(overlap: int) -> None:
    calls = iter(range(100))

    def number(part: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.full((*part.shape[:2], 1), next(calls) % 2, np.float32)

    blended = blend_tiles(np.zeros((32, 60, 3), np.uint8), number, tile=32, overlap=overlap)
    steps = np.abs(np.diff(blended[16, :, 0]))
    assert steps.max() < 2.5 / overlap
