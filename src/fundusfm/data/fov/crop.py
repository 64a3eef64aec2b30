"""The square crop around the field of view, and the way back to original pixels."""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.detect import FOV

# A square this many times as long as the frame is high (or wide) is no photograph of an eye.
_THIN = 6

Pixel = TypeVar("Pixel", np.uint8, np.float32)


@dataclass(frozen=True)
class Crop:
    """The square around a FOV, resized to one size.

    Inside the frame every pixel stays as photographed, outside the circle too; where the square reaches beyond the
    frame it is black. Coordinates are continuous, see `fundusfm.data.fov.detect`.

    Attributes:
        fov: The circle, in original pixels; its square is taken at whole pixels.
        size: Side of the crop.
    """

    fov: FOV
    size: int

    def apply(self, image: NDArray[np.uint8], scale: float = 1.0) -> NDArray[np.uint8]:
        """Crops and resizes a photograph: averages when shrinking, bicubic when enlarging.

        Args:
            image: uint8 (height, width, 3).
            scale: Pixels of `image` per original pixel, as in `Decoded.scale`.

        Returns:
            uint8 (size, size, 3).
        """
        left, top, side = _box(self.fov.scaled(scale))
        if side > _THIN * max(self.size, min(image.shape[:2])):
            return self._apply_to_strip(image, left, top, side)
        square = _window(image, left, top, side)
        if side == self.size:
            return np.ascontiguousarray(square)
        method = cv2.INTER_AREA if side > self.size else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(square, (self.size, self.size), interpolation=method), dtype=np.uint8)

    def _apply_to_strip(self, image: NDArray[np.uint8], left: int, top: int, side: int) -> NDArray[np.uint8]:
        # The square around a strip of 1 x 60,000 pixels would take gigabytes: shrink first, place then.
        height, width = image.shape[:2]
        factor = self.size / side
        x_low, x_high = (round((edge - left) * factor) for edge in (0, width))
        y_low, y_high = (round((edge - top) * factor) for edge in (0, height))
        shrunk = cv2.resize(image, (max(1, x_high - x_low), max(1, y_high - y_low)), interpolation=cv2.INTER_AREA)
        return _window(np.asarray(shrunk, np.uint8), -x_low, -y_low, self.size)

    def to_original(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Maps (n, 2) points x, y of the crop to original pixels."""
        left, top, side = _box(self.fov)
        return np.asarray(points, np.float64) * (side / self.size) + (left, top)

    def from_original(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Maps (n, 2) points x, y of the original photograph to the crop."""
        left, top, side = _box(self.fov)
        return (np.asarray(points, np.float64) - (left, top)) * (self.size / side)

    def paste(self, values: NDArray[Pixel], height: int, width: int) -> NDArray[Pixel]:
        """Puts a map of the crop where it belongs in the original frame; zero outside the square.

        Args:
            values: (size, size) or (size, size, channels), such as a heat map; uint8 or float32.
            height: Height of the original photograph in pixels.
            width: Width of the original photograph in pixels.

        Returns:
            (height, width) or (height, width, channels) of the same type.
        """
        left, top, side = _box(self.fov)
        # Only the part inside the frame is resampled: the square may be much larger than the frame.
        x_low, x_high = max(left, 0), min(left + side, width)
        y_low, y_high = max(top, 0), min(top + side, height)
        frame = np.zeros((height, width, *values.shape[2:]), values.dtype)
        if x_low >= x_high or y_low >= y_high:
            return frame
        factor = self.size / side
        # warpAffine counts from pixel centres, these coordinates from pixel corners: hence the halves.
        matrix = np.array(
            [[factor, 0, (x_low - left + 0.5) * factor - 0.5], [0, factor, (y_low - top + 0.5) * factor - 0.5]]
        )
        part = cv2.warpAffine(
            values,
            matrix,
            (x_high - x_low, y_high - y_low),
            borderMode=cv2.BORDER_REPLICATE,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        frame[y_low:y_high, x_low:x_high] = part.reshape(frame[y_low:y_high, x_low:x_high].shape)
        return frame


def _box(fov: FOV) -> tuple[int, int, int]:
    whole = fov.on_grid()
    return round(whole.x - whole.radius), round(whole.y - whole.radius), round(2 * whole.radius)


def _window(image: NDArray[np.uint8], left: int, top: int, side: int) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    x_low, x_high, y_low, y_high = max(left, 0), min(left + side, width), max(top, 0), min(top + side, height)
    if x_low == left and x_high == left + side and y_low == top and y_high == top + side:
        return image[y_low:y_high, x_low:x_high]
    square = np.zeros((side, side, *image.shape[2:]), np.uint8)
    if x_low < x_high and y_low < y_high:
        square[y_low - top : y_high - top, x_low - left : x_high - left] = image[y_low:y_high, x_low:x_high]
    return square
