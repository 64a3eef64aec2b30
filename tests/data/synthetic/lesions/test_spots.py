"""Blood darkens, deposits lighten, and each is recorded where it is."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.data.synthetic.conftest import MakeCanvas

from fundusfm.data.synthetic.lesions import spots
from fundusfm.data.synthetic.lesions.canvas import Canvas


def _at(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points)


_DARK: dict[str, tuple[str, Callable[[Canvas], None]]] = {
    "microaneurysms": ("microaneurysms", lambda made: spots.paint_microaneurysms(made, 20)),
    "blots": ("haemorrhages", lambda made: spots.paint_blots(made, 20)),
    "flames": ("haemorrhages", lambda made: spots.paint_flames(made, _at((1.5, -0.8), (2.0, 0.9)))),
    "preretinal": ("haemorrhages", spots.paint_preretinal),
}
_LIGHT: dict[str, tuple[str, Callable[[Canvas], None]]] = {
    "exudates": ("hard_exudates", lambda made: spots.paint_exudates(made, 3)),
    "cotton wool": ("cotton_wool_spots", lambda made: spots.paint_cotton_wool(made, _at((1.5, -0.8)))),
    "drusen": ("drusen", lambda made: spots.paint_drusen(made, 0.3)),
}


@pytest.mark.parametrize("name", _DARK)
def test_blood_is_darker_in_green(name: str, canvas: MakeCanvas) -> None:
    kind, paint = _DARK[name]
    made = canvas()
    paint(made)
    mask = made.masks[kind]
    assert mask.any() and made.image[..., 1][mask].mean() < 0.9 * 0.4
    assert made.image.max() <= np.float32(0.7)


@pytest.mark.parametrize("name", _LIGHT)
def test_deposits_are_lighter(name: str, canvas: MakeCanvas) -> None:
    kind, paint = _LIGHT[name]
    made = canvas()
    paint(made)
    mask = made.masks[kind]
    assert mask.any() and made.image[..., 1][mask].mean() > 1.05 * 0.4


def test_more_of_them_cover_more(canvas: MakeCanvas) -> None:
    few, many = canvas(), canvas()
    spots.paint_microaneurysms(few, 3)
    spots.paint_microaneurysms(many, 60)
    assert few.masks["microaneurysms"].sum() < many.masks["microaneurysms"].sum()
