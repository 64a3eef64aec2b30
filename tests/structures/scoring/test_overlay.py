"""Overlays: the right colour in the right place, and colours that everybody can tell apart."""

import cv2
import numpy as np
import pytest

from fundusfm.structures.scoring.overlay import FALSE_NEGATIVE, FALSE_POSITIVE, LEGEND, TRUE_POSITIVE, error_overlay

# What people without red, green or blue cones see: Machado et al., IEEE TVCG 2009, severity 1, on linear RGB.
_BLINDNESS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def _lab(colour: tuple[int, int, int], kind: str) -> np.ndarray:
    value = np.array(colour) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(_BLINDNESS[kind]) @ linear, 0, 1)
    shown = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(shown.astype(np.float32)[None, None], cv2.COLOR_RGB2LAB)[0, 0]


@pytest.mark.parametrize("kind", list(_BLINDNESS))
def test_colours_differ_for_everybody_and_from_the_brightest_background(kind: str) -> None:
    colours = [*LEGEND.values(), (105, 105, 105)]
    for place, one in enumerate(colours):
        for other in colours[:place]:
            assert np.linalg.norm(_lab(one, kind) - _lab(other, kind)) > 20, (one, other)


def test_each_pixel_says_what_it_is() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (30, 30, 3)).astype(np.uint8)
    truth, predicted, fov = rng.random((3, 30, 30)) < 0.5
    drawn = error_overlay(image, truth, predicted, fov)
    assert (drawn[truth & predicted & fov] == TRUE_POSITIVE).all()
    assert (drawn[~truth & predicted & fov] == FALSE_POSITIVE).all()
    assert (drawn[truth & ~predicted & fov] == FALSE_NEGATIVE).all()
    background = drawn[~truth & ~predicted & fov]
    assert (background[:, 0] == background[:, 2]).all() and background.max() <= 105
    assert not drawn[~fov].any()


def test_a_uniform_photograph_and_an_empty_fov_are_drawn_too() -> None:
    grey, none = np.full((8, 8, 3), 90, np.uint8), np.zeros((8, 8), bool)
    assert error_overlay(grey, none, none, ~none).shape == (8, 8, 3)
    assert not error_overlay(grey, none, none, none).any()
