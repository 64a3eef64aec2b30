"""An epiretinal membrane: a glistening film over the macula that wrinkles the retina and pulls its vessels."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Points
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.lesions.brush import blobs, soften
from fundusfm.data.synthetic.lesions.canvas import Canvas
from fundusfm.data.synthetic.retina.vessels import Branches
from fundusfm.data.synthetic.streams import smooth_noise

_SHEEN = np.array([0.90, 0.80, 0.62], dtype=np.float32)


@dataclass(frozen=True)
class Membrane:
    """Where the membrane lies and how hard it contracts."""

    centre: Points
    radius: float
    severity: float

    def gather(self, branches: Branches) -> Branches:
        """Pulls vessels towards the membrane's centre."""
        offset = branches.points - self.centre
        squared = (offset**2).sum(axis=-1, keepdims=True) / self.radius**2
        pulled = offset * (0.10 + 0.28 * self.severity) * np.exp(-squared / 1.6)
        return replace(branches, points=branches.points - pulled)


def draw_membrane(rng: np.random.Generator, frame: Frame, severity: float) -> Membrane:
    """Draws a membrane near the fovea."""
    return Membrane(
        centre=np.array(frame.fovea) + rng.normal(0.0, 0.3, 2),
        radius=float(0.55 + 0.7 * severity * rng.uniform(0.7, 1.1)),
        severity=severity,
    )


def paint_membrane(canvas: Canvas, membrane: Membrane) -> None:
    """Paints the film and its folds."""
    rng, frame = canvas.rng, canvas.frame
    spots = membrane.centre + rng.normal(0.0, 0.35 * membrane.radius, (7, 2))
    coverage = soften(
        blobs(rng, frame, spots, rng.uniform(0.4, 0.75, 7) * membrane.radius, roughness=0.2), 0.09 * frame.scale
    )
    rows, columns = frame.patch((float(membrane.centre[0]), float(membrane.centre[1])), 2.2 * membrane.radius)
    x, y = (axis[rows, columns] for axis in frame.grid())
    dx, dy = x - membrane.centre[0], y - membrane.centre[1]
    # The folds converge outside the film, so that they run across it side by side.
    angle = np.arctan2(dy - 0.9 * membrane.radius, dx + 0.7 * membrane.radius) + 0.10 * smooth_noise(rng, 6, *x.shape)
    folds = rng.standard_normal((1, 256), dtype=np.float32)
    turn = (angle / (2 * np.pi) % 1.0 * 255).astype(np.float32)
    striped = cv2.remap(folds, turn, np.zeros_like(x), cv2.INTER_LINEAR)
    patchy = np.clip(0.6 + 0.5 * smooth_noise(rng, 8, *x.shape), 0, 1.4)
    share = coverage[rows, columns] * np.float32(1 / 255)
    strength = 0.10 + 0.16 * membrane.severity
    here = canvas.image[rows, columns]
    here += (_SHEEN - here) * (share * strength * np.clip(patchy + 0.28 * striped, 0, 1.6))[..., None]
    canvas.mark("epiretinal_membrane", coverage)
