"""Paints what lies behind the vessels: pigment epithelium, choroid, nerve fibre layer, macula."""

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Float
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.streams import smooth_noise
from fundusfm.data.synthetic.subject import Subject

_BLOND = np.array([0.80, 0.47, 0.25], dtype=np.float32)
_DARK = np.array([0.52, 0.265, 0.125], dtype=np.float32)
_MELANIN = (0.75, 1.0, 1.05)
_CHOROID_VESSEL = (0.14, 0.15, 0.02)


def paint_background(rng: np.random.Generator, subject: Subject, frame: Frame) -> Float:
    """Returns the reflectance of the bare retina in the box, shape (side, side, 3), 0 to about 1."""
    half = (frame.side + 1) // 2
    x, y = frame.grid(2)
    pigment = subject.pigment
    base = _BLOND * (1 - pigment) + _DARK * pigment
    base = base * (1 + rng.normal(0.0, 0.04, 3)).astype(np.float32)

    melanin = (
        0.050 * smooth_noise(rng, 4, half, half)
        + 0.040 * smooth_noise(rng, 10, half, half)
        + 0.022 * smooth_noise(rng, 28, half, half)
        + 0.020 * smooth_noise(rng, 80, half, half)
    )
    melanin += _macula(rng, subject, frame, x, y)
    choroid = subject.tessellation * _choroid(rng, frame, x, y)
    melanin -= _nerve_fibres(rng, subject, x, y)
    # Yellow macular pigment takes blue away.
    xanthophyll = 0.22 * np.exp(-((x - frame.fovea[0]) ** 2 + (y - frame.fovea[1]) ** 2) / (2 * 0.42**2))
    density = np.empty((half, half, 3), dtype=np.float32)
    for channel in range(3):
        density[..., channel] = -_MELANIN[channel] * melanin + _CHOROID_VESSEL[channel] * choroid
    density[..., 2] -= xanthophyll
    image = cv2.resize(cv2.exp(density) * base, (frame.side, frame.side), interpolation=cv2.INTER_LINEAR)
    grain = smooth_noise(rng, max(8, round(frame.side / 2.6)), frame.side, frame.side)
    image *= (1 + 0.016 * grain)[..., None]
    return np.asarray(image, dtype=np.float32)


def _macula(rng: np.random.Generator, subject: Subject, frame: Frame, x: Float, y: Float) -> Float:
    """Returns the extra density of the macula: broad, with a dark fovea and sometimes its bright reflex."""
    squared = (x - frame.fovea[0]) ** 2 + ((y - frame.fovea[1]) * 1.08) ** 2
    depth = rng.uniform(0.22, 0.42) * (0.8 + 0.5 * subject.pigment)
    broad, narrow = rng.uniform(0.62, 0.90), rng.uniform(0.20, 0.30)
    dark = depth * (0.62 * np.exp(-squared / (2 * broad**2)) + 0.62 * np.exp(-squared / (2 * narrow**2)))
    youth = max(0.0, (50 - subject.age) / 40)
    # The internal limiting membrane mirrors the flash: a ring around the macula and a dot in the fovea.
    ring = 0.10 * youth * np.exp(-(((np.sqrt(squared) - rng.uniform(0.7, 0.9)) / 0.10) ** 2))
    dot = rng.uniform(0.0, 0.9) * youth * np.exp(-squared / (2 * 0.030**2))
    return np.asarray(dark - ring * (0.5 + 0.5 * np.sign(x)) - dot, dtype=np.float32)


def _choroid(rng: np.random.Generator, frame: Frame, x: Float, y: Float) -> Float:
    """Returns how much choroidal vessels show, about -1 between them to 1 on them: a winding net, denser outside."""
    side = x.shape[0]
    net = np.zeros((side, side), dtype=np.uint8)
    n, points = 330, 13
    step = frame.scale / 2 * 0.17
    start = rng.uniform(0, side, (n, 2))
    origin = frame.to_box(np.array([0.9, 0.0])) / 2
    heading = np.arctan2(*(start - origin).T[::-1]) + rng.normal(0.0, 0.55, n)
    turns = np.cumsum(rng.normal(0.0, 0.42, (n, points)), axis=1) + heading[:, None]
    moves = np.stack([np.cos(turns), np.sin(turns)], axis=2) * step
    paths = np.round((start[:, None] + np.cumsum(moves, axis=1)) * 8).astype(np.int32)
    widths = rng.uniform(0.05, 0.12, n) * frame.scale / 2
    for path, width in zip(paths, widths, strict=True):
        cv2.polylines(net, [path], False, 255, max(1, round(width)), cv2.LINE_8, 3)
    blur = 0.022 * frame.scale
    soft = cv2.GaussianBlur(net, (0, 0), max(0.6, blur)).astype(np.float32) / 127.5 - 1
    from_macula = np.sqrt((x - frame.fovea[0]) ** 2 + (y - frame.fovea[1]) ** 2)
    weight = np.clip((from_macula - 0.5) / 1.6, 0.15, 1.0)
    weight *= np.clip(0.75 + 0.35 * smooth_noise(rng, 3, side, side), 0, 1.3)
    return np.asarray(soft * weight, dtype=np.float32)


def _nerve_fibres(rng: np.random.Generator, subject: Subject, x: Float, y: Float) -> Float:
    """Returns the sheen of the nerve fibre layer: striped, brightest above and below the disc, fading with age."""
    radius = np.sqrt(x * x + y * y) + 1e-3
    streaks = rng.standard_normal((1, 420), dtype=np.float32)
    streaks = np.asarray(cv2.GaussianBlur(streaks, (0, 0), 1.2), dtype=np.float32)
    angle = (np.arctan2(y, x) / (2 * np.pi) + 0.5) * 419
    striped = cv2.remap(streaks, angle.astype(np.float32), np.zeros_like(x), cv2.INTER_LINEAR)
    bundles = (np.abs(y) / radius) ** 1.5 * (0.6 + 0.4 * np.clip(x / radius + 0.5, 0, 1))
    sheen = np.exp(-(((radius - 1.0) / 0.95) ** 2)) * bundles
    strength = rng.uniform(0.06, 0.16) * float(np.clip((85 - subject.age) / 50, 0.25, 1.0))
    strength *= 1 - 0.7 * subject.severities.get("glaucoma", 0.0)
    return np.asarray(strength * sheen * (1 + 0.5 * striped), dtype=np.float32)
