"""Paints atrophy: beside the disc, in patches of myopia, and in the macula of late macular degeneration."""

import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Points
from fundusfm.data.synthetic.lesions.brush import absorb, blobs, soften
from fundusfm.data.synthetic.lesions.canvas import Canvas
from fundusfm.data.synthetic.retina.vessels import Numbers
from fundusfm.data.synthetic.streams import smooth_noise

_SCLERA = np.array([0.99, 0.87, 0.64], dtype=np.float32)
_CHOROID = np.array([0.82, 0.44, 0.22], dtype=np.float32)


def paint_peripapillary(canvas: Canvas, severity: float) -> None:
    """A pale crescent on the temporal side of the disc, in high myopia a ring; the disc is painted over it."""
    rng, frame = canvas.rng, canvas.frame
    width = 0.10 + 0.75 * severity**1.5 * rng.uniform(0.6, 1.1)
    angle = rng.normal(0.0, 0.45)
    ring = 0.04 + 0.3 * max(0.0, severity - 0.5)
    rows, columns = frame.patch((0.0, 0.0), 2.2)
    x, y = (axis[rows, columns] for axis in frame.grid())
    shift = (width - ring) / 2
    dx, dy = x - shift * np.cos(angle), y - shift * np.sin(angle)
    uneven = 1 + (0.03 + 0.05 * severity) * smooth_noise(rng, 9, *x.shape)
    distance = np.hypot(dx, dy * rng.uniform(0.85, 0.95)) * uneven
    radius = 0.46 + (width + ring) / 2
    depth = np.clip((radius - distance) / 0.035 + 0.5, 0, 1)
    coverage = np.zeros((frame.side, frame.side), dtype=np.uint8)
    coverage[rows, columns] = np.round(255 * depth)
    _bleach(canvas, coverage, 0.55 + 0.35 * severity)
    edge = np.zeros_like(coverage)
    edge[rows, columns] = np.round(
        200
        * np.exp(-np.square((distance - radius - 0.02) / 0.03))
        * np.clip(0.4 + 0.5 * smooth_noise(rng, 12, *x.shape), 0, 1)
    )
    absorb(canvas.image, edge, (0.45, 0.6, 0.5), float(rng.uniform(0.3, 1.0)))
    canvas.mark("peripapillary_atrophy", coverage)


def paint_myopic(canvas: Canvas, severity: float) -> None:
    """Patches of chorioretinal atrophy: white where the sclera shows, with clumps of pigment."""
    rng = canvas.rng
    count = 1 + int(rng.poisson(4 * max(0.0, severity - 0.3)))
    centres = canvas.place(count, canvas.around_macula(1.1), off_disc=0.8)
    radii = rng.uniform(0.10, 0.20 + 0.75 * severity**2, len(centres))
    coverage = _patch(canvas, centres, radii)
    _bleach(canvas, coverage, rng.uniform(0.6, 0.95))
    _pigment(canvas, centres, radii)
    canvas.mark("myopic_atrophy", coverage)


def paint_geographic(canvas: Canvas, severity: float) -> None:
    """Geographic atrophy: sharply bounded, paler than around, choroidal vessels in view, at or near the fovea."""
    rng = canvas.rng
    count = int(rng.integers(1, 4))
    centres = canvas.place(count, canvas.around_macula(0.35), off_disc=0.9)
    radii = rng.uniform(0.15, 0.25 + 0.55 * severity, len(centres))
    coverage = _patch(canvas, centres, radii)
    _bleach(canvas, coverage, rng.uniform(0.35, 0.6))
    canvas.mark("geographic_atrophy", coverage)


def _patch(canvas: Canvas, centres: Points, radii: Numbers) -> Bytes:
    """Returns lobed patches: each is a cluster of blobs."""
    rng = canvas.rng
    lobes = 7
    turn = rng.uniform(0, 2 * np.pi, (len(centres), lobes))
    away = radii[:, None] * rng.uniform(0.2, 0.75, turn.shape)
    offset = np.stack([np.cos(turn), np.sin(turn)], axis=2) * away[..., None]
    each = (centres[:, None] + offset).reshape(-1, 2)
    sizes = np.repeat(radii, lobes) * rng.uniform(0.35, 0.7, len(each))
    return soften(blobs(canvas.rng, canvas.frame, each, sizes, roughness=0.15), 0.012 * canvas.frame.scale)


def _bleach(canvas: Canvas, coverage: Bytes, strength: float) -> None:
    """Takes the pigment epithelium away: sclera shines through between the larger choroidal vessels."""
    rng, side = canvas.rng, canvas.frame.side
    cells = max(10, round(side / canvas.frame.scale * 3.2))
    ridges = np.abs(smooth_noise(rng, cells, side, side))
    choroid = np.clip(1 - ridges * 1.6, 0, 1) * 0.55 + 0.10
    tone = _SCLERA + (_CHOROID - _SCLERA) * choroid.astype(np.float32)[..., None]
    share = (coverage * np.float32(strength / 255))[..., None]
    canvas.image += (tone - canvas.image) * share


def _pigment(canvas: Canvas, centres: Points, radii: Numbers) -> None:
    rng = canvas.rng
    count = int(rng.integers(2, 14))
    which = rng.integers(0, len(centres), count)
    spots = centres[which] + rng.normal(0.0, 1.0, (count, 2)) * radii[which][:, None] * 0.6
    coverage = blobs(rng, canvas.frame, spots, rng.uniform(0.02, 0.08, count), roughness=0.45)
    absorb(canvas.image, coverage, (1.0, 1.1, 0.9), float(rng.uniform(0.5, 1.2)))
