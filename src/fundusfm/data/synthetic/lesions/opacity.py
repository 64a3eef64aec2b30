"""Media opacity, as cataract causes it: a veil that lightens, greys and blurs, evenly or in spokes or a blot."""

from dataclasses import dataclass

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Float
from fundusfm.data.synthetic.lesions.canvas import Canvas
from fundusfm.data.synthetic.streams import enlarge, smooth_noise

VISIBLE = 0.20
"""Share of veiling light from which a pixel counts as clouded; healthy eyes stay below it."""


@dataclass(frozen=True)
class Veil:
    """What a clouded lens adds."""

    share: Float
    """Of the light that is veiling light, shape (side, side), 0 to 1."""
    blur: float
    """Width of the point spread, in shares of the field's diameter."""
    colour: tuple[float, float, float]


def draw_veil(canvas: Canvas, severity: float) -> Veil:
    """Draws a cataract and records where it is dense enough to count."""
    rng, frame = canvas.rng, canvas.frame
    low = frame.side // 4 + 1
    x, y = np.meshgrid(np.linspace(-1, 1, low, dtype=np.float32), np.linspace(-1, 1, low, dtype=np.float32))
    even = VISIBLE + 0.04 + 0.58 * severity
    share = even * (1 + 0.12 * smooth_noise(rng, 3, low, low))
    kind = rng.random()
    if kind < 0.3:
        angle = np.arctan2(y, x) / (2 * np.pi) + 0.5
        spokes = cv2.GaussianBlur(rng.standard_normal((1, 60), dtype=np.float32), (0, 0), 1.0)
        striped = cv2.remap(spokes, (angle * 59).astype(np.float32), np.zeros_like(x), cv2.INTER_LINEAR)
        share += 0.35 * np.clip(striped, 0, 1.5) * np.clip(np.hypot(x, y) - 0.35, 0, 1)
    elif kind < 0.55:
        centre = rng.normal(0.0, 0.2, 2)
        share += 0.30 * np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * rng.uniform(0.2, 0.4) ** 2))
    share = np.clip(enlarge(share.astype(np.float32), frame.side), 0, 0.93)
    canvas.mark("media_opacity", share >= VISIBLE)
    yellow = rng.uniform(0.0, 1.0)
    return Veil(
        share=share,
        blur=float(0.002 + 0.012 * severity**1.3),
        colour=(0.62, 0.56 - 0.08 * yellow, 0.42 - 0.18 * yellow),
    )
