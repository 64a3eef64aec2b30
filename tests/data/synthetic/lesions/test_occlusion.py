"""An occluded vein: its sector bleeds, its veins swell."""

import numpy as np
from tests.data.synthetic.conftest import MakeCanvas

from fundusfm.data.synthetic.lesions.occlusion import Occlusion, draw_occlusion, paint_occlusion
from fundusfm.data.synthetic.retina.vessels import grow_vessels

_UP = Occlusion(start=0.8, first=0.1, last=1.0, side=-1.0, severity=0.8)


def test_a_sector_has_a_side_and_two_angles() -> None:
    points = np.array([[1.5, -0.8], [1.5, 0.8], [0.3, -0.15], [-1.5, -0.8], [1.5, -0.05]])
    assert _UP.holds(points).tolist() == [True, False, False, False, False]


def test_veins_swell_in_the_sector_only(canvas: MakeCanvas) -> None:
    made = canvas()
    branches = grow_vessels(np.random.default_rng(0), made.subject, made.frame.fovea)[0]
    engorged = _UP.engorge(branches, np.random.default_rng(1))
    inside = _UP.holds(branches.points) & ~branches.arterial[:, None]
    assert inside.any()
    assert (engorged.calibres[inside] > 1.1 * branches.calibres[inside]).all()
    assert (engorged.calibres[~inside] == branches.calibres[~inside]).all()


def test_blood_lies_in_the_sector(canvas: MakeCanvas) -> None:
    made = canvas()
    paint_occlusion(made, _UP)
    x, y = made.frame.grid()
    sector = made.masks["branch_vein_occlusion"] & made.masks["haemorrhages"]
    assert sector.sum() > 50
    assert _UP.holds(np.stack([x, y], axis=-1))[sector].mean() > 0.75
    drawn = draw_occlusion(np.random.default_rng(3), 0.5)
    assert drawn.first < drawn.last and drawn.side in (-1.0, 1.0)
