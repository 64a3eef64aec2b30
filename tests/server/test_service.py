"""The service: labels, operating points of one model and of several, maps inside the field of view."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
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


def test_rows_of_one_person_are_scored_together(service: Service) -> None:
    asked: list[tuple[list[str], list[str]]] = []

    class Paired:
        sizes: ClassVar[list[int]] = [64]

        def screen_prepared(self, photographs: Any) -> list[dict[str, Any]]:
            return []

        def with_fellows(self, rows: Any, people: Any, eyes: Any) -> list[dict[str, Any]]:
            asked.append((list(people), list(eyes)))
            return list(rows)

    def named(pair: str, eye: str) -> dict[str, Any]:
        return {"pair": pair, "eye": eye, "eye_from": "name" if eye else "", "person": ""}

    rows = [named("12", "left"), named("12", "right"), named("", ""), named("", "left"), named("", "right")]
    rows.append({"person": "k", "eye": "left", "eye_from": "header", "pair": ""})
    Service(Paired(), service.bundles, operating_point="youden", thresholds={}).with_fellows(rows)
    assert not asked  # the bundle scores one eye alone
    term = BothEyes(weights={"glaucoma": FellowWeights(own=1, fellow=1, bias=0, temperature=1, shift=0)}, eyes=9)
    bundle = replace(service.bundles[0], card=service.cards[0].model_copy(update={"both_eyes": term}))
    both = Service(Paired(), [bundle], operating_point="youden", thresholds={})
    both.with_fellows(rows)
    people, eyes = asked.pop()
    assert people == ["name 12", "name 12", "", "name ", "name ", "header k"]
    assert eyes == ["left", "right", "", "left", "right", "left"]
    both.with_fellows([*rows, named("", "left")])  # three files that name nobody
    assert asked[0][0] == ["name 12", "name 12", "", "", "", "header k", ""]


def test_map_stays_inside_the_circle(service: Service) -> None:
    square = np.random.default_rng(0).integers(0, 255, (96, 96, 3), dtype=np.uint8)
    heat = service.heat(View(square, circle=True), "abnormal")
    assert heat.shape == (96, 96)
    assert heat[0, 0] == heat[-1, -1] == 0
