"""Takes the photograph: light, veils, reflections, blur, colour and sensor of one camera."""

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Float
from fundusfm.data.synthetic.camera.cameras import Camera
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.lesions.opacity import Veil
from fundusfm.data.synthetic.streams import enlarge, smooth_noise

_VEIL = np.array([0.74, 0.62, 0.42], dtype=np.float32)
_LUMA = np.array([0.35, 0.50, 0.15], dtype=np.float32)


def expose(
    optics: np.random.Generator,
    sensor: np.random.Generator,
    camera: Camera,
    frame: Frame,
    retina: Float,
    veil: Veil | None,
) -> Bytes:
    """Turns reflectance into the camera's picture of the field of view.

    Args:
        optics: Stream of what the optics draw.
        sensor: Stream of the sensor's noise.
        camera: Style of the camera.
        frame: The pixel grid.
        retina: Reflectance in the box, shape (side, side, 3); consumed.
        veil: What a clouded lens adds, if any.

    Returns:
        The box, RGB, uint8, shape (side, side, 3); not yet cut to the field of view.
    """
    image = retina
    if veil is not None:
        image = _clouded(image, veil, frame)
    _haze(optics, camera, image)
    image *= _light(optics, camera, frame)
    image += _scatter(optics, camera, frame)
    sigma = camera.blur / 1000 * 2 * frame.radius * float(np.exp(optics.normal(0.0, 0.25)))
    if sigma > 0.3:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), dtype=np.float32)
    image = np.asarray(cv2.transform(image, _colour_matrix(optics, camera)), dtype=np.float32)
    exposure = float(np.exp(optics.normal(0.0, camera.exposure)))
    gamma = camera.gamma * float(np.exp(optics.normal(0.0, 0.06)))
    image = np.asarray(cv2.pow(np.clip(image * exposure, 0, 4), gamma), dtype=np.float32)
    # The shoulder of the tone curve: highlights roll off instead of clipping hard.
    image /= cv2.pow(1 + cv2.pow(image, 5.0), 0.2)
    grain = sensor.standard_normal((frame.side, frame.side), dtype=np.float32) * np.float32(camera.noise)
    image *= 255
    for channel, shift in enumerate((0, 37, 101)):
        image[..., channel] += np.roll(grain, shift * frame.side + shift) * (1.0, 0.8, 1.3)[channel]
    return np.asarray(cv2.convertScaleAbs(np.maximum(image, 0)), dtype=np.uint8)


def _clouded(image: Float, veil: Veil, frame: Frame) -> Float:
    blurred = cv2.GaussianBlur(image, (0, 0), max(0.4, veil.blur * 2 * frame.radius))
    share = veil.share[..., None]
    return np.asarray(blurred + (np.array(veil.colour, dtype=np.float32) - blurred) * share, dtype=np.float32)


def _haze(rng: np.random.Generator, camera: Camera, image: Float) -> None:
    """Even a clear eye and clean lens scatter some light; the amount differs from photograph to photograph."""
    share = np.float32(camera.haze * rng.uniform(0.5, 1.6))
    image *= 1 - share
    image += _VEIL * share


def _light(rng: np.random.Generator, camera: Camera, frame: Frame) -> Float:
    """Returns the illumination, shape (side, side, 1): brightest near the middle, uneven, darker at the edge."""
    low = frame.side // 4 + 1
    axis = np.linspace(-1.05, 1.05, low, dtype=np.float32)
    x, y = axis[None, :] - rng.normal(0.0, 0.12), axis[:, None] - rng.normal(0.0, 0.12)
    squared = x * x + y * y
    light = 1 - camera.vignette * rng.uniform(0.6, 1.3) * (0.45 * squared + 0.35 * squared**3)
    angle, tilt = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.16)
    light *= 1 + tilt * (x * np.cos(angle) + y * np.sin(angle)) + 0.03 * smooth_noise(rng, 3, low, low)
    return enlarge(np.clip(light, 0.05, None).astype(np.float32), frame.side)[..., None]


def _scatter(rng: np.random.Generator, camera: Camera, frame: Frame) -> Float:
    """Returns the light that never saw the retina: rim, flash crescent, ghost, dust; shape (side, side, 3)."""
    low = frame.side // 4 + 1
    axis = np.linspace(-1.05, 1.05, low, dtype=np.float32)
    x, y = np.broadcast_to(axis[None, :], (low, low)), np.broadcast_to(axis[:, None], (low, low))
    radius = np.sqrt(x * x + y * y)
    sided = np.clip(1 + 0.6 * smooth_noise(rng, 2, low, low), 0.1, 2.0)
    glow = np.clip((radius - 0.62) / 0.42, 0, 1.2) ** 2 * sided
    added = glow[..., None] * np.array(camera.rim, dtype=np.float32) * np.float32(rng.uniform(0.4, 1.8))
    if rng.random() < camera.flash:
        added += _crescent(rng, x, y)[..., None] * np.array([1.0, 0.92, 0.70], dtype=np.float32)
    if rng.random() < camera.ghost:
        where = rng.normal(0.0, 0.16, 2)
        spread = rng.uniform(0.03, 0.08)
        ghost = np.exp(-(((x - where[0]) / spread) ** 2 + ((y - where[1]) / (spread * rng.uniform(0.8, 1.6))) ** 2))
        added += (rng.uniform(0.08, 0.30) * ghost)[..., None] * np.array([0.75, 0.70, 1.0], dtype=np.float32)
    for _ in range(int(rng.poisson(camera.dust))):
        where, spread = rng.uniform(-0.8, 0.8, 2), rng.uniform(0.015, 0.04)
        distance = np.hypot(x - where[0], y - where[1]) / spread
        added += (rng.uniform(0.03, 0.12) * np.clip(1.6 - distance, 0, 1))[..., None]
    return enlarge(added.astype(np.float32), frame.side)


def _crescent(rng: np.random.Generator, x: Float, y: Float) -> Float:
    """Returns the flash reflected by the iris or the lid: a bright crescent at the edge."""
    angle = rng.uniform(0, 2 * np.pi)
    reach = rng.uniform(1.75, 2.3)
    distance = np.hypot(x - reach * np.cos(angle), y - reach * np.sin(angle))
    size = reach - rng.uniform(0.60, 0.95)
    return np.asarray(rng.uniform(0.25, 1.1) * np.clip((size - distance) / rng.uniform(0.2, 0.5) + 0.3, 0, 1) ** 1.7)


def _colour_matrix(rng: np.random.Generator, camera: Camera) -> Float:
    """Returns the 3 x 3 matrix of white balance and saturation."""
    saturation = camera.saturation * float(np.exp(rng.normal(0.0, 0.06)))
    grey = np.tile(_LUMA, (3, 1))
    gains = np.array(camera.gains) * np.exp(rng.normal(0.0, 0.035, 3))
    return np.asarray((np.diag(gains) @ (grey + (np.eye(3) - grey) * saturation)), dtype=np.float32)
