"""Measurements of pictures whose answer is known."""

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from tests.screening.pictures import ORANGE, disc, plain

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV, find_fov
from fundusfm.screening.gates.evidence import SIDE, Evidence, measure


def _measure(image: NDArray[np.uint8], fov: FOV | None = None) -> Evidence:
    crop = Crop((fov or find_fov(image)).on_grid(), SIDE)
    return measure(crop.apply(image), crop, *image.shape[:2])


def test_a_plain_disc() -> None:
    found = _measure(disc(plain(ORANGE)))
    assert found.circle
    assert (found.lit, found.dark, found.clipped, found.contours) == (1, 0, 0, 0)
    assert found.brightness == pytest.approx(sum(ORANGE) / 3, abs=1)
    assert (found.red, found.green, found.blue) == pytest.approx([value / sum(ORANGE) for value in ORANGE], abs=0.01)
    assert found.tint < 0.003
    assert found.contrast < 0.0019
    assert found.sharpness < 0.0005


def test_blur_takes_sharpness_whatever_stays_of_the_rim() -> None:
    retina = skimage.data.retina()
    sharp = _measure(retina)
    assert _measure(cv2.GaussianBlur(retina, (0, 0), 30)).sharpness < sharp.sharpness / 10
    assert _measure(disc(cv2.GaussianBlur(retina, (0, 0), 60))).sharpness < sharp.sharpness / 10
    smaller = cv2.resize(retina, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    assert _measure(smaller).sharpness == pytest.approx(sharp.sharpness, rel=0.15)
    assert _measure(smaller).contrast == pytest.approx(sharp.contrast, rel=0.1)


def test_size_and_colour() -> None:
    found = _measure(skimage.data.retina())
    assert found.diameter == pytest.approx(1392, abs=30)
    assert found.flat < 0.05
    assert _measure(disc(plain(ORANGE))).flat == pytest.approx(1, abs=0.01)
    assert _measure(plain((128, 128, 128), 64)).diameter == 64


def test_what_lies_beyond_the_frame_is_not_measured() -> None:
    image = plain((200, 100, 50), 400)[:200]  # the lower half of the circle was never photographed
    found = _measure(image, FOV(200, 200, 200, found=True))
    assert (found.lit, found.dark) == (1, 0)


def test_shares_of_light() -> None:
    image = plain((255, 255, 255), 400)
    image[:, :200] = 0
    found = _measure(image, FOV(200, 200, 200, found=True))
    assert found.clipped == pytest.approx(0.5, abs=0.02)
    assert found.dark == pytest.approx(0.5, abs=0.02)
    assert _measure(plain((0, 0, 0)), FOV(256, 256, 256, found=False)).lit == 0
