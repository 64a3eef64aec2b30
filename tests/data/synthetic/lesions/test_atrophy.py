"""Atrophy is paler than the retina around it, and is recorded where it is."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.data.synthetic.conftest import MakeCanvas

from fundusfm.data.synthetic.lesions.atrophy import paint_geographic, paint_myopic, paint_peripapillary
from fundusfm.data.synthetic.lesions.canvas import Canvas

_PAINTERS = {
    "peripapillary_atrophy": paint_peripapillary,
    "myopic_atrophy": paint_myopic,
    "geographic_atrophy": paint_geographic,
}


@pytest.mark.parametrize("kind", _PAINTERS)
def test_atrophy_is_pale_and_grows_with_severity(kind: str, canvas: MakeCanvas) -> None:
    paint: Callable[[Canvas, float], None] = _PAINTERS[kind]
    areas = []
    for severity in (0.1, 0.95):
        made = canvas(myopia=severity)
        before = made.image.copy()
        paint(made, severity)
        mask = made.masks[kind]
        areas.append(int(mask.sum()))
        assert made.image[mask].mean() > before[mask].mean()
    assert 0 < areas[0] < areas[1]


def test_the_crescent_touches_the_disc(canvas: MakeCanvas) -> None:
    made = canvas()
    paint_peripapillary(made, 0.6)
    x, y = made.frame.grid()
    assert np.hypot(x, y)[made.masks["peripapillary_atrophy"]].min() < 0.3
