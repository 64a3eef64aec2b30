"""The bare retina."""

from dataclasses import replace

import numpy as np
from tests.data.synthetic.conftest import make_subject

from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.retina.background import paint_background


def test_colours_of_a_retina_with_a_dark_macula(frame: Frame) -> None:
    image = paint_background(np.random.default_rng(0), make_subject(), frame)
    assert image.shape == (frame.side, frame.side, 3) and image.dtype == np.float32
    red, green, blue = image.reshape(-1, 3).mean(axis=0)
    assert red > green > blue > 0
    rows, columns = frame.patch(frame.fovea, 0.15)
    assert image[rows, columns, 1].mean() < 0.9 * np.median(image[..., 1])


def test_pigment_darkens(frame: Frame) -> None:
    blond, dark = (
        paint_background(np.random.default_rng(0), replace(make_subject(), pigment=pigment), frame).mean()
        for pigment in (0.0, 1.0)
    )
    assert dark < 0.8 * blond
