"""Draws lesions: soft spots and irregular blobs into a coverage map, which is then blended into the image."""

from collections.abc import Sequence

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Float, Points
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.retina.vessels import Numbers

FINER = 2
_FRACTION_BITS = 4
_CORNERS = 14
_SMALLEST = 0.75
"""Radius in pixels below which nothing is drawn: the smallest lesion still marks its own pixel."""


def blobs(
    rng: np.random.Generator,
    frame: Frame,
    centres: Points,
    radii: Numbers,
    *,
    roughness: float = 0.2,
    stretch: Numbers | float = 1.0,
    along: Numbers | None = None,
) -> Bytes:
    """Returns the coverage 0 to 255 of the box by irregular blobs.

    Args:
        rng: Stream of the stage.
        frame: The pixel grid.
        centres: Positions on the retina, shape (n, 2).
        radii: Shape (n,), disc diameters.
        roughness: Spread of the outline's distance from the centre, as a share of the radius.
        stretch: Length over breadth, shape (n,) or one for all.
        along: Direction of the longer axis on the retina, radians, shape (n,); random where None.
    """
    n = len(centres)
    canvas = np.zeros((frame.side * FINER, frame.side * FINER), dtype=np.uint8)
    if n == 0:
        return canvas[::FINER, ::FINER]
    pixels = np.maximum(radii * frame.scale, _SMALLEST) * FINER
    middle = (frame.to_box(centres) + 0.5) * FINER - 0.5
    turn = frame.direction(along) if along is not None else rng.uniform(0, np.pi, n)
    angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    reach = 1 + roughness * _outline_noise(rng, n)
    longer = np.sqrt(np.broadcast_to(stretch, (n,)))[:, None]
    forward = np.cos(angles) * reach * longer * pixels[:, None]
    aside = np.sin(angles) * reach / longer * pixels[:, None]
    cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
    outline = np.stack([forward * cosine - aside * sine, forward * sine + aside * cosine], axis=2) + middle[:, None]
    fixed = np.round(outline * (1 << _FRACTION_BITS)).astype(np.int32)
    for shape in fixed:
        cv2.fillPoly(canvas, [shape], 255, cv2.LINE_AA, _FRACTION_BITS)
    return np.asarray(cv2.resize(canvas, (frame.side, frame.side), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def soften(coverage: Bytes, width: float) -> Bytes:
    """Returns the coverage with a soft border, `width` pixels being the standard deviation of the blur."""
    return np.asarray(cv2.GaussianBlur(coverage, (0, 0), max(0.4, width)), dtype=np.uint8)


def _outline_noise(rng: np.random.Generator, n: int) -> Numbers:
    noise = rng.standard_normal((n, _CORNERS))
    return np.asarray((noise + np.roll(noise, 1, axis=1) + np.roll(noise, -1, axis=1)) / 3**0.5)


def blend(image: Float, coverage: Bytes | Float, colour: Sequence[float], strength: float = 1.0) -> None:
    """Lays an opaque colour over the image, in place, where and as far as it is covered."""
    area = _covered(coverage)
    if area is None:
        return
    share = _share(coverage[area])[..., None] * np.float32(strength)
    image[area] += (np.array(colour, dtype=np.float32) - image[area]) * share


def absorb(image: Float, coverage: Bytes | Float, density: Sequence[float], strength: float = 1.0) -> None:
    """Lets a pigment, such as blood, swallow light, in place: the texture below stays visible."""
    area = _covered(coverage)
    if area is None:
        return
    share = _share(coverage[area])[..., None] * np.float32(strength)
    image[area] *= cv2.exp(share * -np.array(density, dtype=np.float32))


def _share(coverage: Bytes | Float) -> Float:
    if coverage.dtype == np.uint8:
        return np.asarray(coverage * np.float32(1 / 255), dtype=np.float32)
    return np.asarray(coverage, dtype=np.float32)


def _covered(coverage: Bytes | Float) -> tuple[slice, slice] | None:
    """Returns the rows and columns that hold all coverage, or None."""
    rows = np.flatnonzero(coverage.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(coverage.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
