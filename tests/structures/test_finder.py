"""What a finder sees of a photograph: nothing outside its frame and its field of view."""

import numpy as np
import pytest
from tests.structures.drawn import segmenter_of_shapes

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV
from fundusfm.structures.finder import StructureFinder


def test_nothing_is_found_outside_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter_of_shapes(256))
    finder = StructureFinder("drawn")
    square = np.full((256, 256, 3), 90, np.uint8)
    whole = finder.find(square, Crop(FOV(128, 128, 128, True), 256), 256, 256)
    assert whole.cells["haemorrhages.count"] == 2
    # The camera's frame ends below the middle of the circle: the upper haemorrhage lies beyond it.
    cut = finder.find(square, Crop(FOV(128, 0, 128, True), 256), 128, 256)
    assert cut.cells["haemorrhages.count"] == 1 and not any(mask[:127].any() for mask in cut.masks.values())
    assert cut.cells["vessels.share"] == pytest.approx(whole.cells["vessels.share"], rel=0.2)
