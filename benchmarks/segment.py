"""Row `segment`: vessels of one large photograph, beside the same tiles through the eager network."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks.interleave import interleave
from benchmarks.material import photographs, released
from benchmarks.table import Row, timed_row
from fundusfm.data.decode.image import decode
from fundusfm.data.fov.detect import find_fov
from fundusfm.models.engine.devices import CPU
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.pixels import outputs_of
from fundusfm.models.segmentation.load import load_segmenter
from fundusfm.models.segmentation.structures import VESSELS
from fundusfm.models.segmentation.tiles import tile_side
from fundusfm.models.trainable import network_of

_HEIGHT, _WIDTH = 2336, 3504


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures `vessels`, which ships with the package, from pixels to a probability for each of them."""
    decoded = decode(photographs(folder, count=6, size=_HEIGHT)[0]).image
    image = np.asarray(cv2.resize(decoded, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
    circle = find_fov(image)
    ours = load_segmenter(released("vessels"), device=CPU)
    pixels = outputs_of(network_of(released("vessels")), ours.card)
    eager = replace(ours, engine=TorchEngine(pixels, CPU, tile_side(ours.card.size)))
    timing = interleave(
        lambda: ours.probabilities(image, circle), lambda: eager.probabilities(image, circle), repeats=repeats
    )
    difference = float(
        np.abs(ours.probabilities(image, circle)[VESSELS] - eager.probabilities(image, circle)[VESSELS]).max()
    )
    return [
        timed_row("segment predict", f"vessels of one photograph of {_WIDTH}x{_HEIGHT}; usual: eager", timing, items=1,
                  unit="images/s", target="2", beside=f"largest difference of a probability {difference:.1e}")
    ]  # fmt: skip
