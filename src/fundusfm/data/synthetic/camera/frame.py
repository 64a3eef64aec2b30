"""Where the retina lands in the photograph: the one mapping that image and masks share."""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Float, Mask, Points
from fundusfm.data.synthetic.camera.cameras import Camera
from fundusfm.data.synthetic.subject import Subject

DEGREES_PER_DISC = 6.2
"""Field angle covered by one disc diameter: the fovea lies 15.5 degrees, or 2.5 disc diameters, from the disc."""

_DISC_MARGIN = 0.62
_FRACTION_BITS = 4


@dataclass(frozen=True)
class Frame:
    """The photograph's pixel grid. Pixel coordinates are those of pixel centres, (0, 0) being the top left one.

    Painting happens in a square box around the field of view, which may stick out of the photograph where the
    field is cut off; `place` puts what was painted into the photograph.
    """

    height: int
    width: int
    x: float
    """Centre and radius of the field of view, in pixels of the photograph."""
    y: float
    radius: float
    scale: float
    """Pixels per disc diameter."""
    turn: float
    """Rotation of the eye against the camera, radians."""
    mirrored: bool
    """Right eyes: the temple lies on the left of the photograph."""
    centre: tuple[float, float]
    """Point of the retina at the centre of the field of view, disc diameters."""
    fovea: tuple[float, float]

    @cached_property
    def side(self) -> int:
        """Side of the box in pixels."""
        return 2 * math.ceil(self.radius * 1.05) + 1

    @cached_property
    def origin(self) -> tuple[int, int]:
        """Column and row of the box's first pixel in the photograph; may be negative."""
        return round(self.x) - self.side // 2, round(self.y) - self.side // 2

    @cached_property
    def _axes(self) -> Points:
        cosine, sine = math.cos(self.turn), math.sin(self.turn)
        flip = -1.0 if self.mirrored else 1.0
        return np.array([[cosine * flip, sine * flip], [-sine, cosine]])

    def to_box(self, points: Points) -> Points:
        """Maps positions on the retina, shape (..., 2), to pixels of the box."""
        middle = np.array([self.x - self.origin[0], self.y - self.origin[1]])
        return np.asarray((points - np.array(self.centre)) @ self._axes * self.scale + middle)

    def direction(self, angles: Points) -> Points:
        """Maps directions on the retina, radians, to directions in the box."""
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=-1) @ self._axes
        return np.asarray(np.arctan2(vectors[..., 1], vectors[..., 0]))

    def grid(self, step: int = 1) -> tuple[Float, Float]:
        """Returns x and y on the retina of every `step`-th pixel of the box, both of shape (n, n)."""
        pixels = (np.arange(0, self.side, step) + (step - 1) / 2).astype(np.float32)
        dx = (pixels - (self.x - self.origin[0])) / self.scale
        dy = (pixels - (self.y - self.origin[1])) / self.scale
        back = self._axes.T.astype(np.float32)
        x = dx[None, :] * back[0, 0] + dy[:, None] * back[1, 0] + np.float32(self.centre[0])
        y = dx[None, :] * back[0, 1] + dy[:, None] * back[1, 1] + np.float32(self.centre[1])
        return x.astype(np.float32), y.astype(np.float32)

    def patch(self, centre: tuple[float, float], reach: float) -> tuple[slice, slice]:
        """Returns the rows and columns of the box within `reach` disc diameters of a point, clipped to the box."""
        column, row = self.to_box(np.array(centre))
        extent = reach * self.scale
        return (
            slice(max(0, int(row - extent)), max(0, min(self.side, int(row + extent) + 2))),
            slice(max(0, int(column - extent)), max(0, min(self.side, int(column + extent) + 2))),
        )

    def seen(self, points: Points, margin: float = 0.12) -> Mask:
        """Says which positions lie inside the photographed field, at least `margin` disc diameters from its edge."""
        pixels = self.to_box(points) + np.array(self.origin)
        gap = margin * self.scale
        inside = np.hypot(pixels[..., 0] - self.x, pixels[..., 1] - self.y) < self.radius - gap
        return np.asarray(
            inside
            & (pixels[..., 1] > gap)
            & (pixels[..., 1] < self.height - 1 - gap)
            & (pixels[..., 0] > gap)
            & (pixels[..., 0] < self.width - 1 - gap)
        )

    def place(self, box: Bytes) -> Bytes:
        """Puts what was painted in the box into a photograph that is zero elsewhere."""
        left, top = self.origin
        out = np.zeros((self.height, self.width, *box.shape[2:]), dtype=box.dtype)
        rows = slice(max(0, top), min(self.height, top + self.side))
        columns = slice(max(0, left), min(self.width, left + self.side))
        out[rows, columns] = box[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        return out

    def field(self) -> Bytes:
        """Returns the field of view in the box: 255 inside the circle, smooth over one pixel at its edge."""
        field = np.zeros((self.side, self.side), dtype=np.uint8)
        unit = 1 << _FRACTION_BITS
        centre = (round((self.x - self.origin[0]) * unit), round((self.y - self.origin[1]) * unit))
        cv2.circle(field, centre, round(self.radius * unit), 255, -1, cv2.LINE_AA, _FRACTION_BITS)
        return field


def draw_frame(rng: np.random.Generator, subject: Subject, camera: Camera, size: int) -> Frame:
    """Draws how one eye sits in front of one camera.

    Args:
        rng: Stream of the stage.
        subject: Who is photographed.
        camera: The camera's style.
        size: Height of the photograph in pixels.
    """
    height, width = size, round(size * camera.aspect)
    radius = size / 2 * camera.diameter * rng.uniform(0.985, 1.0)
    field = camera.field * rng.uniform(0.97, 1.03)
    scale = 2 * radius * DEGREES_PER_DISC / field
    fovea = (float(rng.normal(2.5, 0.12)), float(rng.normal(0.30, 0.09)))
    share = {"fovea": 1.0, "between": 0.62, "disc": 0.12}[camera.aim]
    centre = np.array([fovea[0] * share, fovea[1] * share]) + rng.normal(0.0, camera.unsteadiness, 2)
    # The whole disc stays in view, or labels that live in it could not be seen; a cut-off field is lower than wide.
    low = min(radius, size / 2) / scale - _DISC_MARGIN
    centre[1] = np.clip(centre[1], -0.9 * low, 0.9 * low)
    reach = min(radius / scale - _DISC_MARGIN, width / 2 / scale - _DISC_MARGIN)
    centre[0] = np.clip(centre[0], -reach, (max(0.0, reach**2 - centre[1] ** 2)) ** 0.5)
    off = rng.normal(0.0, camera.off_centre, 2) * size
    return Frame(
        height=height,
        width=width,
        x=(width - 1) / 2 + float(off[0]),
        y=(height - 1) / 2 + float(off[1]),
        radius=float(radius),
        scale=float(scale),
        turn=float(rng.normal(0.0, 0.06)),
        mirrored=subject.eye == "right",
        centre=(float(centre[0]), float(centre[1])),
        fovea=fovea,
    )
