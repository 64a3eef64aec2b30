"""Contact sheets: small pictures of many photographs with what was found in them, to look through by eye."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fundusfm.data.encode import jpeg_bytes
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.runs import write_atomic
from fundusfm.structures.layers import drawn_over

ACROSS, DOWN = 8, 5
SIDE = 320
"""Side of the square of each photograph, in pixels."""

_CAPTION = 22
_BACK, _INK = (24, 24, 24), (240, 240, 240)


class ContactSheets:
    """Puts photographs on sheets of `ACROSS` x `DOWN`, and writes each sheet when it is full.

    Args:
        folder: Folder of the sheets, which are called 001.jpg and so on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sheet = Image.new("RGB", (ACROSS * SIDE, DOWN * (SIDE + _CAPTION)), _BACK)
        self._font = ImageFont.load_default(15)
        self._count = 0

    def add(self, image: NDArray[np.uint8], masks: Mapping[str, Mask], caption: str) -> None:
        """Adds a photograph.

        Args:
            image: uint8 (height, width, 3) RGB.
            masks: bool (height, width) by mask; drawn as in overlays.
            caption: Text below it, cut at the width of the photograph's square.
        """
        height, width = image.shape[:2]
        factor = SIDE / max(height, width)
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        # A structure that covers only a part of a pixel is drawn too: nothing that was found is left out.
        shrunk = {
            name: np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0)
            for name, mask in masks.items()
        }
        place = self._count % (ACROSS * DOWN)
        left, top = place % ACROSS * SIDE, place // ACROSS * (SIDE + _CAPTION)
        picture = Image.fromarray(drawn_over(small, shrunk))
        self._sheet.paste(picture, (left + (SIDE - size[0]) // 2, top + (SIDE - size[1]) // 2))
        while self._font.getlength(caption) > SIDE - 8:
            caption = caption[:-1]
        ImageDraw.Draw(self._sheet).text((left + 4, top + SIDE + 2), caption, fill=_INK, font=self._font)
        self._count += 1
        if place == ACROSS * DOWN - 1:
            self._write(DOWN)

    def finish(self) -> None:
        """Writes the last sheet, cut below its last line."""
        if on_sheet := self._count % (ACROSS * DOWN):
            self._write(-(-on_sheet // ACROSS))

    def _write(self, lines: int) -> None:
        number = -(-self._count // (ACROSS * DOWN))
        drawn = np.asarray(self._sheet)[: lines * (SIDE + _CAPTION)]
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomic(self._folder / f"{number:03d}.jpg", jpeg_bytes(drawn))
        self._sheet.paste(_BACK, (0, 0, *self._sheet.size))
