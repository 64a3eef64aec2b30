"""Pictures for the web page and the HTML report: crops, activation maps and layers, as `data:` addresses."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.encode import jpeg_bytes, png_bytes
from fundusfm.explain.overlay import heat_image
from fundusfm.report.save import data_uri
from fundusfm.screening.documents.views import View

_HEAT_SIDE = 512
"""Finer than any network's map, for lines that stay thin on a large screen."""

_JPEG_QUALITY = 90


@dataclass(frozen=True)
class Explanation:
    """Pictures of one photograph, as `data:` addresses.

    Attributes:
        label: Label whose evidence the map shows.
        crop: The square around the field of view.
        heat: The map over the same square, transparent where there is no evidence.
        empty: Whether nothing in the photograph raises the label's score.
    """

    label: str
    crop: str
    heat: str
    empty: bool


def drawn(label: str, view: View, heat: NDArray[np.float32]) -> Explanation:
    """Encodes a crop and its map for a page."""
    return Explanation(label, jpeg(view.square), heat_png(heat), not heat.any())


def heat_png(heat: NDArray[np.float32]) -> str:
    """Returns a map as a layer, a `data:` address."""
    small = cv2.resize(heat, (_HEAT_SIDE, _HEAT_SIDE), interpolation=cv2.INTER_AREA)
    return png(heat_image(np.asarray(small, np.float32)))


def png(layer: NDArray[np.uint8]) -> str:
    """Returns an RGBA layer as a `data:` address."""
    return data_uri(png_bytes(layer), "image/png")


def jpeg(image: NDArray[np.uint8]) -> str:
    """Returns an RGB picture as a `data:` address."""
    return data_uri(jpeg_bytes(image, quality=_JPEG_QUALITY), "image/jpeg")
