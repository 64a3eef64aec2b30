"""One rule for the depth, whatever the values are stored in."""

import numpy as np
import pytest
from PIL import Image

from fundusfm.data.decode.pixels import deep_to_rgb, full_scale, scaled, to_rgb


@pytest.mark.parametrize(
    ("top", "declared", "full"),
    [
        (0, 65535, 255),
        (255, 65535, 255),
        (256, 65535, 1023),
        (1023, 65535, 1023),
        (1024, 65535, 4095),
        (4096, 65535, 16383),
        (16384, 65535, 65535),
        (900, 4095, 4095),  # a file that declares 12 bits may be dark
        (200, 1023, 1023),
        (900, 16383, 1023),
        (5000, 4095, 5000),  # more than was declared
        (0, 255, 255),
    ],
)
def test_what_white_is(top: float, declared: int, full: float) -> None:
    assert full_scale(top, declared) == full


def test_scaling_block_by_block_gives_the_same_as_at_once() -> None:
    values = np.random.default_rng(0).integers(0, 4096, (3000, 2000), dtype=np.uint16)
    assert np.array_equal(scaled(values, 4095), np.rint(values.astype(np.float32) * (255 / 4095)).astype(np.uint8))
    assert scaled(np.array([[np.nan, -1.0, 2.0]]), 1.0).tolist() == [[0, 0, 255]]


@pytest.mark.parametrize(("top", "white"), [(1.0, 255), (0.5, 128), (200.0, 200)])
def test_real_numbers_count_to_one_or_to_255(top: float, white: int) -> None:
    image = Image.fromarray(np.linspace(0, top, 50, dtype=np.float32)[None].repeat(20, axis=0))
    assert to_rgb(image)[0, -1].tolist() == [white] * 3


def test_transparency_is_black_in_every_mode() -> None:
    palette = Image.new("P", (4, 4))
    palette.putpalette([200, 90, 10, 10, 200, 90])
    palette.info["transparency"] = 0
    assert not to_rgb(palette).any()
    half = np.full((2, 2, 4), (65535, 65535, 65535, 32768), np.uint16)
    assert deep_to_rgb(half, None)[0, 0].tolist() == [128] * 3
