"""Draws vessel trees into the pixel grid: coverage of each pixel by arteries, veins and their light reflexes."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Mask
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.retina.vessels import Branches

_FRACTION_BITS = 3
_POINTS_PER_PIECE = 6
_COVERED = 96
_REFLEX_FROM_PIXELS = 2.4


@dataclass(frozen=True)
class VesselLayers:
    """Coverage 0 to 255 of every pixel of the box, shape (side, side)."""

    arteries: Bytes
    veins: Bytes
    reflex: Bytes

    @property
    def artery_mask(self) -> Mask:
        """Pixels that count as artery: three eighths or more covered."""
        return self.arteries >= _COVERED

    @property
    def vein_mask(self) -> Mask:
        """Pixels that count as vein: three eighths or more covered."""
        return self.veins >= _COVERED


def draw_vessels(generations: Sequence[Branches], frame: Frame) -> VesselLayers:
    """Draws the trees on a finer grid and averages it down, so that calibres below a pixel come out right."""
    finer = 3 if frame.side < 800 else 2
    layers = [np.zeros((frame.side * finer, frame.side * finer), dtype=np.uint8) for _ in range(3)]
    # Twigs first, so that a faint one never cuts through the trunk it leaves.
    for branches in reversed(generations):
        pixels = (frame.to_box(branches.points) + 0.5) * finer - 0.5
        widths = branches.calibres * frame.scale * finer
        middle = (frame.side - 1) / 2 * finer
        near = (np.hypot(pixels[..., 0] - middle, pixels[..., 1] - middle) < frame.radius * finer * 1.03).any(axis=1)
        fixed = np.round(pixels * (1 << _FRACTION_BITS)).astype(np.int32)
        for i in np.flatnonzero(near):
            canvas = layers[0] if branches.arterial[i] else layers[1]
            for first in range(0, int(branches.used[i]) - 1, _POINTS_PER_PIECE):
                last = min(int(branches.used[i]), first + _POINTS_PER_PIECE + 1)
                width = float(widths[i, first:last].mean())
                piece = [fixed[i, first:last]]
                _line(canvas, piece, width)
                if width > _REFLEX_FROM_PIXELS * finer:
                    _line(
                        layers[2],
                        piece,
                        width * (0.30 if branches.arterial[i] else 0.2),
                        255 if branches.arterial[i] else 90,
                    )
    side = (frame.side, frame.side)
    return VesselLayers(
        *(np.asarray(cv2.resize(layer, side, interpolation=cv2.INTER_AREA), dtype=np.uint8) for layer in layers)
    )


def _line(
    canvas: Bytes, pieces: list[np.ndarray[tuple[int, ...], np.dtype[np.int32]]], width: float, strength: int = 255
) -> None:
    """Draws one piece; what is thinner than the finer grid's pixel is drawn fainter instead."""
    shade = round(strength * min(1.0, width))
    cv2.polylines(canvas, pieces, False, shade, max(1, round(width)), cv2.LINE_8, _FRACTION_BITS)
