"""Paints small lesions: microaneurysms, haemorrhages, hard exudates, cotton-wool spots and drusen."""

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Points
from fundusfm.data.synthetic.lesions.brush import absorb, blend, blobs, soften
from fundusfm.data.synthetic.lesions.canvas import Canvas

_BLOOD = (0.42, 1.15, 0.85)
_EXUDATE = (1.0, 0.88, 0.50)
_COTTON = (0.98, 0.90, 0.74)
_DRUSEN = (0.96, 0.74, 0.42)


def paint_microaneurysms(canvas: Canvas, count: int) -> None:
    """Red dots of 25 to 110 micrometres across the posterior pole."""
    centres = canvas.place(count, canvas.posterior_pole)
    radii = canvas.rng.uniform(0.010, 0.028, len(centres))
    coverage = blobs(canvas.rng, canvas.frame, centres, radii, roughness=0.08)
    absorb(canvas.image, coverage, _BLOOD, float(canvas.rng.uniform(0.6, 0.95)))
    canvas.mark("microaneurysms", coverage)


def paint_blots(canvas: Canvas, count: int) -> None:
    """Dot and blot haemorrhages: dark red, deep, irregular."""
    centres = canvas.place(count, canvas.posterior_pole)
    radii = np.clip(canvas.rng.lognormal(np.log(0.045), 0.5, len(centres)), 0.022, 0.22)
    coverage = blobs(
        canvas.rng, canvas.frame, centres, radii, roughness=0.22, stretch=canvas.rng.uniform(1.0, 1.8, len(centres))
    )
    absorb(canvas.image, coverage, _BLOOD, float(canvas.rng.uniform(0.75, 1.15)))
    canvas.mark("haemorrhages", coverage)


def paint_flames(canvas: Canvas, centres: Points) -> None:
    """Flame haemorrhages: in the nerve fibre layer, drawn out along its fibres, frayed at the ends."""
    rng = canvas.rng
    n = len(centres)
    along = np.arctan2(centres[:, 1], centres[:, 0]) + rng.normal(0.0, 0.18, n)
    threads = 6
    offsets = rng.normal(0.0, 0.05, (n, threads, 2))
    each = (centres[:, None] + offsets).reshape(-1, 2)
    radii = np.repeat(np.clip(rng.lognormal(np.log(0.034), 0.5, n), 0.014, 0.10), threads)
    radii = radii * rng.uniform(0.4, 1.0, n * threads)
    coverage = blobs(
        rng,
        canvas.frame,
        each,
        radii,
        roughness=0.25,
        stretch=rng.uniform(2.0, 9.0, n * threads),
        along=np.repeat(along, threads) + rng.normal(0.0, 0.08, n * threads),
    )
    # Thin blood lets the retina shine through, so the depth of colour varies across each flame.
    soft = soften(coverage, 0.016 * canvas.frame.scale)
    absorb(canvas.image, soft, (0.26, 0.95, 0.75), float(rng.uniform(0.8, 1.15)))
    canvas.mark("haemorrhages", coverage)


def paint_preretinal(canvas: Canvas) -> None:
    """A preretinal haemorrhage: large, boat-shaped, level at the top where the blood has settled."""
    rng, frame = canvas.rng, canvas.frame
    centre = canvas.place(1, canvas.posterior_pole, off_disc=1.0)[0]
    radius = rng.uniform(0.28, 0.65)
    angles = np.linspace(0, np.pi, 24)
    bowl = np.stack([np.cos(angles), 0.62 * np.sin(angles)], axis=1) * radius * (1 + rng.normal(0, 0.02, (24, 1)))
    canvas_map = np.zeros((frame.side, frame.side), dtype=np.uint8)
    cv2.fillPoly(canvas_map, [np.round(frame.to_box(centre + bowl) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    soft = soften(canvas_map, 0.045 * frame.scale)
    absorb(canvas.image, soft, (0.38, 1.35, 1.05))
    canvas.mark("haemorrhages", canvas_map)


def paint_exudates(canvas: Canvas, clusters: int) -> None:
    """Hard exudates: sharp yellow deposits in clusters, some of them rings around a leak."""
    rng = canvas.rng
    middles = canvas.place(clusters, canvas.around_macula(1.1))
    centres = []
    for middle in middles:
        count = int(rng.integers(8, 70))
        if rng.random() < 0.35:
            angle = rng.uniform(0, 2 * np.pi) + rng.uniform(0, rng.uniform(2.5, 6.3), count)
            radius = rng.normal(rng.uniform(0.22, 0.5), 0.045, count)
            centres.append(middle + np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius[:, None])
        else:
            centres.append(middle + rng.normal(0.0, rng.uniform(0.08, 0.28), (count, 2)) * rng.uniform(0.5, 1.0, 2))
    every = np.concatenate(centres)
    visible = every[canvas.frame.seen(every, 0.02) & (np.hypot(*every.T) > 0.6)]
    every = visible if len(visible) else middles
    radii = np.clip(rng.lognormal(np.log(0.016), 0.5, len(every)), 0.007, 0.06)
    coverage = blobs(rng, canvas.frame, every, radii, roughness=0.25, stretch=rng.uniform(1.0, 2.0, len(every)))
    blend(canvas.image, coverage, _EXUDATE, float(rng.uniform(0.65, 0.95)))
    canvas.mark("hard_exudates", coverage)


def paint_cotton_wool(canvas: Canvas, centres: Points) -> None:
    """Cotton-wool spots: swollen nerve fibres, white, fluffy at the border, across the fibres' direction."""
    rng, frame = canvas.rng, canvas.frame
    n = len(centres)
    across = np.arctan2(centres[:, 1], centres[:, 0]) + np.pi / 2 + rng.normal(0.0, 0.4, n)
    parts = 4
    each = (centres[:, None] + rng.normal(0.0, 0.05, (n, parts, 2))).reshape(-1, 2)
    radii = np.repeat(rng.uniform(0.06, 0.15, n), parts) * rng.uniform(0.5, 1.0, n * parts)
    sharp = blobs(rng, frame, each, radii, roughness=0.25, stretch=1.6, along=np.repeat(across, parts))
    soft = soften(sharp, 0.035 * frame.scale)
    blend(canvas.image, soft, _COTTON, float(rng.uniform(0.55, 0.85)))
    canvas.mark("cotton_wool_spots", sharp if not (soft >= 128).any() else soft)


def paint_drusen(canvas: Canvas, severity: float) -> None:
    """Drusen: pale deposits under the macula; few, small and hard at first, later large, soft and confluent."""
    rng, frame = canvas.rng, canvas.frame
    count = int(rng.uniform(8, 24) + 150 * severity**1.4 * rng.uniform(0.5, 1.2))
    centres = canvas.place(count, canvas.around_macula(rng.uniform(0.45, 0.8) + 0.25 * severity), off_disc=0.75)
    radii = np.clip(rng.lognormal(np.log(0.014 + 0.022 * severity), 0.45, len(centres)), 0.008, 0.11)
    sharp = blobs(rng, frame, centres, radii, roughness=0.15)
    soft = soften(sharp, (0.004 + 0.014 * severity) * frame.scale)
    blend(canvas.image, soft, _DRUSEN, float(rng.uniform(0.42, 0.72)))
    canvas.mark("drusen", sharp)
    if severity > 0.45:
        clumps = canvas.place(int(rng.integers(2, 14)), canvas.around_macula(0.5))
        pigment = blobs(rng, frame, clumps, rng.uniform(0.015, 0.05, len(clumps)), roughness=0.4)
        absorb(canvas.image, pigment, (0.6, 0.7, 0.5), float(rng.uniform(0.4, 0.9)))
