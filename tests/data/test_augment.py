"""Augmentation changes an image by its seed alone, and as torchvision would."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from fundusfm.config.types import Augmentation
from fundusfm.data.augment import FundusAugment, brightness, compress, contrast, move, saturation

Image = NDArray[np.uint8]


@pytest.fixture(params=[(48, 64), (65, 49)])
def image(request: pytest.FixtureRequest) -> Image:
    """Smooth, as photographs are, up to the edges, with values from 0 to 255."""
    height, width = request.param
    noise = np.random.default_rng(0).uniform(-400, 655, (height, width, 3)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 3) * 4 - 3 * noise.mean(), 0, 255).astype(np.uint8)


def _by_torchvision(function: Callable[[torch.Tensor], torch.Tensor], image: Image) -> Image:
    changed = function(torch.from_numpy(image).permute(2, 0, 1).contiguous())
    return changed.permute(1, 2, 0).numpy()


@pytest.mark.parametrize("augmentation", ["standard", "cameras"])
def test_depends_on_the_seed_alone(image: Image, augmentation: Augmentation) -> None:
    augment = FundusAugment(augmentation)
    before = image.copy()
    first = augment(image, seed=3)
    assert np.array_equal(image, before)
    assert np.array_equal(augment(image, seed=3), first)
    assert not np.array_equal(augment(image, seed=4), first)
    assert first.dtype == np.uint8
    assert first.shape == image.shape


@pytest.mark.parametrize("flips", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize(
    ("degrees", "shift", "zoom"), [(0.0, (0, 0), 1.0), (27.0, (3, -2), 0.9), (-13.0, (-4, 1), 1.15)]
)
def test_moves_as_torchvision(
    image: Image, flips: tuple[bool, bool], degrees: float, shift: tuple[int, int], zoom: float
) -> None:
    def expected(tensor: torch.Tensor) -> torch.Tensor:
        tensor = functional.horizontal_flip(tensor) if flips[0] else tensor
        tensor = functional.vertical_flip(tensor) if flips[1] else tensor
        return functional.affine(
            tensor, degrees, list(shift), zoom, [0.0, 0.0], interpolation=InterpolationMode.BILINEAR
        )

    moved = move(image, flips=flips, degrees=degrees, shift=shift, zoom=zoom)
    difference = np.abs(moved.astype(int) - _by_torchvision(expected, image))
    # Versions of OpenCV before 5 place pixels on a grid of 1/32, which shows on the black border of the frame.
    assert difference.mean() < 0.6
    assert np.quantile(difference, 0.95) <= 2


@pytest.mark.parametrize("factor", [0.8, 0.93, 1.0, 1.2])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (brightness, functional.adjust_brightness),
        (contrast, functional.adjust_contrast),
        (saturation, functional.adjust_saturation),
    ],
)
def test_colours_change_as_torchvision_s(
    image: Image,
    ours: Callable[[Image, float], Image],
    theirs: Callable[[torch.Tensor, float], torch.Tensor],
    factor: float,
) -> None:
    expected = _by_torchvision(lambda tensor: theirs(tensor, factor), image)
    # Torchvision cuts decimals off where OpenCV rounds.
    assert np.abs(ours(image, factor).astype(int) - expected).max() <= 1


def test_draws_cover_what_they_should() -> None:
    flat = np.full((32, 32, 3), 128, np.uint8)
    augment = FundusAugment()
    means = [float(augment(flat, seed=seed)[16, 16].mean()) for seed in range(200)]
    assert min(means) < 110
    assert max(means) > 146
    assert 0.1 < np.mean([mean == 128 for mean in means]) < 0.35
    marked = np.zeros((32, 32, 3), np.uint8)
    marked[4:12, 8:12] = 255
    corners = [divmod(int(augment(marked, seed=seed)[..., 0].argmax()), 32) for seed in range(100)]
    assert len({(row < 16, column < 16) for row, column in corners}) == 4


def test_cameras_differ_in_white_balance_and_sharpness() -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    augment = FundusAugment("cameras")
    red_over_blue = [float(pixel[0]) / pixel[2] for pixel in (augment(grey, seed=seed)[16, 16] for seed in range(100))]
    assert min(red_over_blue) < 0.9
    assert max(red_over_blue) > 1.1
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    standard, cameras = (
        [cv2.Laplacian(FundusAugment(kind)(noise, seed=seed), cv2.CV_64F).var() for seed in range(60)]
        for kind in ("standard", "cameras")
    )
    assert np.quantile(cameras, 0.1) < 0.5 * np.quantile(standard, 0.1)


def test_compression_keeps_the_picture(image: Image) -> None:
    fine, coarse = (np.abs(compress(image, quality=quality).astype(int) - image).mean() for quality in (95, 40))
    assert 0 < fine < coarse < 20
    assert compress(image, quality=40).shape == image.shape
