"""The service: labels, operating points of one model and of several, maps inside the field of view."""

import numpy as np
import pytest

from fundusfm.screening.documents.views import View
from fundusfm.server.load import load_service
from fundusfm.server.problems import NotFoundError
from fundusfm.server.service import Service


def test_labels(service: Service) -> None:
    assert service.labels == ["abnormal", "glaucoma"]
    assert service.check_label(None) == "abnormal"
    with pytest.raises(NotFoundError, match="no label 'cats'; the model has: abnormal, glaucoma"):
        service.check_label("cats")


def test_points_of_one_model_and_of_several(service: Service, bundle: str) -> None:
    alone = service.point("abnormal")
    assert alone is not None and (alone.threshold, alone.sensitivity) == (0.5, 0.8)
    together = load_service([bundle, bundle], tta=False, operating_point="youden").point("abnormal")
    assert together is not None and (together.threshold, together.sensitivity) == (0.5, None)


def test_map_stays_inside_the_circle(service: Service) -> None:
    square = np.random.default_rng(0).integers(0, 255, (96, 96, 3), dtype=np.uint8)
    heat = service.heat(View(square, circle=True), "abnormal")
    assert heat.shape == (96, 96)
    assert heat[0, 0] == heat[-1, -1] == 0
