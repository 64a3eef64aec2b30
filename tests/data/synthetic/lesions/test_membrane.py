"""A membrane glistens and pulls."""

import numpy as np
from tests.data.synthetic.conftest import MakeCanvas

from fundusfm.data.synthetic.lesions.membrane import Membrane, draw_membrane, paint_membrane
from fundusfm.data.synthetic.retina.vessels import grow_vessels


def test_vessels_are_pulled_towards_the_centre(canvas: MakeCanvas) -> None:
    made = canvas()
    branches = grow_vessels(np.random.default_rng(0), made.subject, made.frame.fovea)[-1]
    membrane = Membrane(np.array(made.frame.fovea), 0.8, 1.0)
    gathered = membrane.gather(branches)
    before = np.hypot(*(branches.points - membrane.centre).reshape(-1, 2).T)
    after = np.hypot(*(gathered.points - membrane.centre).reshape(-1, 2).T)
    assert (after <= before + 1e-9).all() and (after < 0.9 * before)[before < 0.8].all()


def test_the_film_is_bright_near_the_fovea(canvas: MakeCanvas) -> None:
    made = canvas()
    before = made.image.copy()
    paint_membrane(made, draw_membrane(made.rng, made.frame, 0.8))
    mask = made.masks["epiretinal_membrane"]
    assert mask.any() and made.image[mask].mean() > before[mask].mean() + 0.02
    x, y = made.frame.grid()
    away = np.hypot(x - made.frame.fovea[0], y - made.frame.fovea[1])
    assert np.median(away[mask]) < 1.2
