"""The camera's mask: the round field of view, its notch, and the black around it."""

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Mask
from fundusfm.data.synthetic.camera.cameras import Camera
from fundusfm.data.synthetic.camera.frame import Frame

_FRACTION_BITS = 4


def cut_to_field(rng: np.random.Generator, camera: Camera, frame: Frame, box: Bytes) -> tuple[Bytes, Mask]:
    """Cuts the box to the field of view and puts it into the photograph.

    Returns:
        The photograph, RGB uint8 of shape (height, width, 3), and its field of view, bool of shape (height, width).
    """
    field = frame.field()
    if camera.notch != "none":
        cv2.fillPoly(field, [_notch(rng, camera, frame)], 255, cv2.LINE_AA, _FRACTION_BITS)
    opened = field >= 128
    softness = camera.edge * frame.radius
    if softness > 0.5:
        field = np.asarray(cv2.GaussianBlur(field, (0, 0), softness), dtype=np.uint8)
    cut = np.asarray(cv2.multiply(box, cv2.merge([field] * 3), scale=1 / 255), dtype=np.uint8)
    photograph = frame.place(cut)
    if camera.black:
        glow = rng.integers(0, camera.black, photograph.shape[:2], dtype=np.uint8, endpoint=True)
        photograph = np.maximum(photograph, glow[..., None])
    return photograph, frame.place(opened.astype(np.uint8)) > 0


def _notch(rng: np.random.Generator, camera: Camera, frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Returns the outline of the mark that tells which way up the photograph is: it sticks out of the circle."""
    angle = -rng.uniform(0.55, 0.80) + (np.pi if camera.notch == "triangle" and rng.random() < 0.3 else 0.0)
    outward = np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-outward[1], outward[0]])
    size = frame.radius * 0.042
    corners = {
        "tab": [(np.sin(a), np.cos(a)) for a in np.linspace(-np.pi / 2, np.pi / 2, 12)],
        "triangle": [(-1.0, 0.0), (1.0, 0.0), (0.0, 1.0)],
        "square": [(-0.8, 0.0), (0.8, 0.0), (0.8, 0.9), (-0.8, 0.9)],
    }[camera.notch]
    foot = 0.985 * frame.radius
    shape = [outward * (foot + size * high) + aside * size * wide for wide, high in corners]
    middle = np.array([frame.x - frame.origin[0], frame.y - frame.origin[1]])
    return np.asarray(np.round((np.array(shape) + middle) * (1 << _FRACTION_BITS)), dtype=np.int32)
