"""Pictures: a crop finer than the network's, and a map that leaves the photograph visible."""

import base64

import cv2
import numpy as np

from fundusfm.screening.documents.views import View
from fundusfm.server.pictures import drawn


def decoded(address: str) -> np.ndarray:
    content = base64.b64decode(address.partition(",")[2])
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_map_is_transparent_where_there_is_no_evidence() -> None:
    heat = np.zeros((512, 512), np.float32)
    heat[256:] = 1
    shown = drawn("a", View(np.zeros((512, 512, 3), np.uint8), circle=False), heat)
    layer = decoded(shown.heat)
    assert layer.shape == (512, 512, 4)
    assert (layer[:250, :, 3] == 0).all()
    assert (layer[300:500, 20:490, 3] == 140).all()  # a veil that leaves the photograph visible
    assert layer[254:258, :, 3].max() > 200  # the line around it
    assert not shown.empty
    assert drawn("a", View(np.zeros((8, 8, 3), np.uint8), circle=False), heat * 0).empty
