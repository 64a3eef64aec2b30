"""Augmentation for segmentation: a patch at random place, angle and scale, in the colours of another camera.

One geometric step maps the crop straight to the patch, so masks are resampled once. A retina has no upright, so angles
are free; all photographs share one FOV diameter, so scales need to cover what is left: calibres of different eyes.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.models.segmentation.structures import DISC
from fundusfm.structures.training.crops import MaskCrops
from fundusfm.structures.training.loss import OUTSIDE

_LARGEST_ZOOM = 1.35
_STRETCH = 0.08


def random_patch(
    image: NDArray[np.uint8],
    masks: MaskCrops,
    *,
    labels: Sequence[str],
    around: str | None = None,
    side: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draws an augmented patch.

    Args:
        image: uint8 (size, size, 3), a crop.
        masks: Its masks.
        labels: Masks of the target, in order.
        around: The mask in which the centre of the patch lies, or not far from it; None for anywhere in the field of
            view.
        side: Side of the patch in pixels. Where it is as large as the crop, the patch shows the whole crop.
        rng: Decides everything.

    Returns:
        uint8 (side, side, 3), and the target uint8 (labels, side, side): 1 inside the mask, 0 not, 255 unknown or
        outside the field of view, where a disc is known not to be.
    """
    size = image.shape[0]
    matrix = _random_matrix(masks.fov if around is None else masks.drawn[around], around is None, size, side, rng)
    shape, flags = (side, side), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = np.asarray(cv2.warpAffine(image, matrix, shape, flags=flags), np.uint8)
    outside = cv2.warpAffine(masks.fov, matrix, shape, flags=flags) < 128
    target = np.full((len(labels), side, side), OUTSIDE, np.uint8)
    for place, label in enumerate(labels):
        if label in masks.drawn:
            target[place] = cv2.warpAffine(masks.drawn[label], matrix, shape, flags=flags) >= 128
            # Where the circle is cut there is black inside it, and no disc lies there. The other masks end at the
            # edge of the field of view because drawings do.
            target[place, outside] = 0 if label == DISC else OUTSIDE
        if label in masks.known:
            target[place, cv2.warpAffine(masks.known[label], matrix, shape, flags=flags) < 128] = OUTSIDE
    return random_colours(patch, rng), target


def random_colours(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Changes brightness, contrast, colour, illumination and sharpness as they differ between cameras and archives.

    Args:
        image: uint8 (h, w, 3).
        rng: Decides everything.

    Returns:
        uint8 (h, w, 3).
    """
    values = image.astype(np.float32) / 255
    if rng.random() < 0.8:
        values *= rng.uniform(0.8, 1.25, 3).astype(np.float32)  # white balance
        np.clip(values, 0, 1, out=values)
        values = values ** np.float32(np.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.8:
        grey = values.mean(axis=2, keepdims=True)
        values = grey + (values - grey) * np.float32(rng.uniform(0.6, 1.4))  # saturation
        middle = values.mean(dtype=np.float32)
        values = (values - middle) * np.float32(rng.uniform(0.75, 1.3)) + middle * np.float32(rng.uniform(0.8, 1.2))
    if rng.random() < 0.3:
        values *= _illumination(image.shape[0], image.shape[1], rng)
    if rng.random() < 0.2:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), rng.uniform(0.4, 1.2)), np.float32)
    if rng.random() < 0.2:
        values += rng.normal(0, rng.uniform(0.005, 0.03), image.shape).astype(np.float32)
    changed = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return _coarser(changed, rng) if rng.random() < 0.35 else changed


def _coarser(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Returns the image as an archive would have kept it: in fewer pixels, compressed, and enlarged again."""
    height, width = image.shape[:2]
    share = rng.uniform(0.4, 0.9)
    fewer = max(round(width * share), 1), max(round(height * share), 1)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))]
    _, content = cv2.imencode(".jpg", cv2.resize(image, fewer, interpolation=cv2.INTER_AREA), quality)
    kept = np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.resize(kept, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _random_matrix(
    among: NDArray[np.uint8], exact: bool, size: int, side: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns the (2, 3) matrix from pixels of the patch to pixels of the crop.

    The patch has its centre in one pixel of a mask, or else up to a third of its side away from it, so that what it was
    drawn for does not always lie in its middle.
    """
    angle = rng.uniform(0, 2 * np.pi)
    zoom = np.exp(rng.uniform(-1, 1) * np.log(_LARGEST_ZOOM))
    axes = zoom * np.exp(rng.uniform(-_STRETCH, _STRETCH, 2)) * (rng.choice([-1, 1]), 1)  # -1 mirrors
    if side >= size:
        centre = np.array([size / 2, size / 2]) + rng.uniform(-0.05, 0.05, 2) * size
        axes = axes * side / size
    else:
        inside = np.flatnonzero(among >= 128)
        place = int(rng.choice(inside)) if len(inside) else int(rng.integers(size * size))
        centre = np.array([place % size, place // size]) + 0.5
        if not exact:
            centre += rng.uniform(-1 / 3, 1 / 3, 2) * side
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = rotation @ np.diag(1 / axes)
    # warpAffine counts from pixel centres: the middle of the patch, (side - 1) / 2, goes to the centre less one half.
    offset = centre - 0.5 - linear @ np.full(2, (side - 1) / 2)
    return np.column_stack([linear, offset])


def _illumination(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a smooth gradient around 1, (height, width, 1): a flash that was not centred."""
    down, across = rng.uniform(-0.3, 0.3, 2)
    gradient = 1 + down * np.linspace(-1, 1, height)[:, None] + across * np.linspace(-1, 1, width)[None]
    return np.asarray(gradient[..., None], np.float32)
