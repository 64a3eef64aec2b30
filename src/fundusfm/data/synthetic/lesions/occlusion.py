"""A branch retinal vein occlusion: the sector it drains bleeds, and its veins swell and wind."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Mask, Points
from fundusfm.data.synthetic.lesions.brush import soften
from fundusfm.data.synthetic.lesions.canvas import Canvas
from fundusfm.data.synthetic.lesions.spots import paint_cotton_wool, paint_exudates, paint_flames
from fundusfm.data.synthetic.retina.vessels import Branches


@dataclass(frozen=True)
class Occlusion:
    """The sector: beyond `start` disc diameters from the disc and between two angles, upwards or downwards."""

    start: float
    first: float
    last: float
    side: float
    severity: float

    def holds(self, points: Points) -> Mask:
        """Says which positions, shape (..., 2), lie in the sector."""
        angle = np.arctan2(self.side * points[..., 1], points[..., 0])
        distance = np.hypot(points[..., 0], points[..., 1])
        return np.asarray((angle > self.first) & (angle < self.last) & (distance > self.start))

    def engorge(self, branches: Branches, rng: np.random.Generator) -> Branches:
        """Widens the veins in the sector and makes them wind."""
        inside = (self.holds(branches.points) & ~branches.arterial[:, None]).astype(np.float64)
        along = np.arange(branches.points.shape[1])
        wave = np.sin(2 * np.pi * (along / rng.uniform(6, 10) + rng.random((len(inside), 1))))
        ahead = np.gradient(branches.points, axis=1)
        normal = np.stack([-ahead[..., 1], ahead[..., 0]], axis=2)
        normal /= np.maximum(np.hypot(normal[..., 0], normal[..., 1]), 1e-9)[..., None]
        shift = normal * (wave * inside * 0.025 * (0.5 + self.severity))[..., None]
        return replace(
            branches,
            points=branches.points + shift,
            calibres=branches.calibres * (1 + inside * (0.12 + 0.2 * self.severity)),
        )


def draw_occlusion(rng: np.random.Generator, severity: float) -> Occlusion:
    """Draws a temporal sector, above more often than below."""
    first = rng.uniform(0.02, 0.22)
    wide = rng.uniform(0.35, 0.55) + 0.65 * severity
    return Occlusion(
        start=float(rng.uniform(0.55, 1.0) + 0.9 * (1 - severity)),
        first=float(first),
        last=float(first + wide),
        side=-1.0 if rng.random() < 0.64 else 1.0,
        severity=severity,
    )


def paint_occlusion(canvas: Canvas, occlusion: Occlusion) -> None:
    """Paints the sector's haemorrhages, cotton-wool spots and exudates, and records the sector they fill."""
    rng, frame = canvas.rng, canvas.frame

    def draw(n: int) -> Points:
        angle = rng.uniform(occlusion.first, occlusion.last, n) * occlusion.side
        distance = occlusion.start + rng.gamma(2.0, 0.62, n)
        return np.stack([np.cos(angle) * distance, np.sin(angle) * distance], axis=1)

    count = int(rng.uniform(12, 26) + 130 * occlusion.severity * rng.uniform(0.6, 1.2))
    centres = canvas.place(count, draw)
    paint_flames(canvas, centres)
    reach = max(1.0, 0.10 * frame.scale)
    small = np.zeros((frame.side, frame.side), dtype=np.uint8)
    for column, row in np.round(frame.to_box(centres)).astype(int):
        cv2.circle(small, (int(column), int(row)), max(1, round(2.2 * reach)), 255, -1)
    sector = soften(small, reach)
    canvas.mark("branch_vein_occlusion", sector)
    if rng.random() < 0.3 + 0.5 * occlusion.severity:
        paint_cotton_wool(canvas, canvas.place(int(rng.integers(1, 7)), draw))
    if rng.random() < 0.35:
        paint_exudates(canvas, int(rng.integers(1, 3)))
