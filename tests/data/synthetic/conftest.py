"""An eye in front of a camera, and a bare retina to paint on."""

from collections.abc import Callable

import numpy as np
import pytest

from fundusfm.data.synthetic.camera.cameras import CAMERAS
from fundusfm.data.synthetic.camera.frame import Frame, draw_frame
from fundusfm.data.synthetic.lesions.canvas import Canvas
from fundusfm.data.synthetic.subject import Subject

MakeCanvas = Callable[..., Canvas]


def make_subject(eye: str = "left", **severities: float) -> Subject:
    """A patient of 60 with the given diseases."""
    return Subject("P1", eye, 60, "female", 0.5, 0.2, severities)  # type: ignore[arg-type]


@pytest.fixture
def frame() -> Frame:
    """A field of 45 degrees around the fovea, without a notch, 200 pixels high."""
    return draw_frame(np.random.default_rng(0), make_subject(), CAMERAS["clinic"], 200)


@pytest.fixture
def canvas(frame: Frame) -> MakeCanvas:
    """Makes a plain orange retina of an eye with the given diseases."""

    def make(seed: int = 0, **severities: float) -> Canvas:
        image = np.full((frame.side, frame.side, 3), (0.7, 0.4, 0.2), np.float32)
        return Canvas(np.random.default_rng(seed), make_subject(**severities), frame, image)

    return make
