"""What a camera makes of a retina."""

import numpy as np

from fundusfm.data.synthetic.camera.cameras import CAMERAS
from fundusfm.data.synthetic.camera.exposure import expose
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.lesions.opacity import Veil


def _exposed(frame: Frame, camera: str = "clinic", veil: Veil | None = None, seed: int = 0) -> np.ndarray:
    retina = np.full((frame.side, frame.side, 3), (0.7, 0.4, 0.2), np.float32)
    retina[:, ::8] *= 0.5
    rngs = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    return expose(*rngs, CAMERAS[camera], frame, retina, veil)


def test_a_picture_in_retinal_colours(frame: Frame) -> None:
    image = _exposed(frame)
    assert image.shape == (frame.side, frame.side, 3) and image.dtype == np.uint8
    red, green, blue = image.reshape(-1, 3).mean(axis=0)
    assert red > green > blue > 5


def test_a_clouded_lens_takes_contrast_away(frame: Frame) -> None:
    share = np.full((frame.side, frame.side), 0.6, np.float32)
    veil = Veil(share, 0.01, (0.62, 0.5, 0.3))
    middle = slice(frame.side // 3, 2 * frame.side // 3)

    def contrast(image: np.ndarray) -> float:
        green = image[middle, middle, 1].astype(float)
        return float(np.abs(np.diff(green, axis=1)).mean())

    assert contrast(_exposed(frame, veil=veil)) < 0.6 * contrast(_exposed(frame))


def test_every_camera_and_seed_exposes_differently(frame: Frame) -> None:
    images = [_exposed(frame, camera) for camera in CAMERAS] + [_exposed(frame, seed=5)]
    assert len({image.tobytes() for image in images}) == len(CAMERAS) + 1
