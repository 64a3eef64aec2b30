"""Paints the optic disc, its cup and what surrounds them, and knows their exact outlines."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Float, Mask
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.streams import smooth_noise
from fundusfm.data.synthetic.subject import Subject

GLAUCOMATOUS_CUP = 0.64
"""Vertical cup-to-disc ratio from which a cup counts as cupping; healthy ones stay below `_LARGEST_HEALTHY_CUP`."""

_LARGEST_HEALTHY_CUP = 0.58
_RIM = np.array([0.92, 0.52, 0.33], dtype=np.float32)
_PALE_RIM = np.array([0.96, 0.66, 0.41], dtype=np.float32)
_CUP = np.array([1.06, 0.95, 0.68], dtype=np.float32)


@dataclass(frozen=True)
class Disc:
    """Outlines of the disc and its cup, in the box."""

    disc: Mask
    cup: Mask
    ratio: float
    """Vertical cup-to-disc ratio."""

    @property
    def cupped(self) -> bool:
        """Whether the cup is as large as in glaucoma."""
        return self.ratio >= GLAUCOMATOUS_CUP


def paint_disc(rng: np.random.Generator, subject: Subject, frame: Frame, image: Float) -> Disc:
    """Paints the disc over the background, in place.

    Args:
        rng: Stream of the stage.
        subject: Whose eye; glaucoma widens and deepens the cup, and more so below and above.
        frame: The pixel grid.
        image: Reflectance in the box, shape (side, side, 3).
    """
    ratio = float(np.clip(rng.normal(0.36, 0.11), 0.12, _LARGEST_HEALTHY_CUP))
    glaucoma = subject.severities.get("glaucoma")
    if glaucoma is not None:
        ratio = GLAUCOMATOUS_CUP + 0.02 + 0.27 * glaucoma
    rows, columns = frame.patch((0.0, 0.0), 1.5)
    x, y = (axis[rows, columns] for axis in frame.grid())
    tilt = rng.normal(0.0, 0.15)
    across, down = rng.uniform(0.45, 0.50), rng.uniform(0.495, 0.55)
    u, v = (x * math.cos(tilt) + y * math.sin(tilt)) / across, (y * math.cos(tilt) - x * math.sin(tilt)) / down
    uneven = 0.02 * smooth_noise(rng, 6, *x.shape)
    distance = np.sqrt(u * u + v * v) * (1 + uneven)
    shift = rng.uniform(0.05, 0.12) * (1 - ratio)
    cup_distance = np.sqrt(((u - shift) * 1.10) ** 2 + (v - rng.normal(0.0, 0.04)) ** 2) * (1 + 1.5 * uneven)

    here = image[rows, columns]
    # Light scattered by the bright disc, and the pigmented edge that many discs have.
    here *= (1 + 0.10 * np.exp(-np.square(np.maximum(distance - 1, 0) / 0.35)))[..., None]
    pigment = rng.uniform(0.0, 0.35) * np.exp(-np.square((distance - 1.07) / 0.05)) * np.clip(0.3 + 0.9 * u, 0, 1)
    here *= (1 - pigment)[..., None]
    softness = rng.uniform(0.030, 0.055)
    inside = _step((1 - distance) / softness)
    pale = np.clip(0.5 + 0.45 * u + (0.3 * glaucoma if glaucoma else 0.0), 0, 1)[..., None]
    light = rng.uniform(0.95, 1.15) * (1.04 - 0.16 * subject.pigment)
    rim = (_RIM * (1 - pale) + _PALE_RIM * pale) * light
    depth = _step((ratio - cup_distance) / rng.uniform(0.05, 0.11))
    cup_light = rng.uniform(0.86, 1.06) * (1 + (0.08 * glaucoma if glaucoma else 0.0))
    grain = (1 + 0.03 * smooth_noise(rng, 26, *x.shape))[..., None]
    colour = (rim * (1 - depth[..., None]) + _CUP * cup_light * depth[..., None]) * grain
    here += (colour - here) * inside[..., None]

    disc = np.zeros((frame.side, frame.side), dtype=bool)
    cup = disc.copy()
    disc[rows, columns] = distance < 1
    cup[rows, columns] = (cup_distance < ratio) & (distance < 1)
    return Disc(disc=disc, cup=cup, ratio=ratio)


def _step(x: Float) -> Float:
    """A smooth step from 0 to 1 around 0."""
    return np.asarray(1 / (1 + cv2.exp(np.clip(-2 * x, -30, 30).astype(np.float32))), dtype=np.float32)
