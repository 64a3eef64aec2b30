"""A cataract veils more the denser it is."""

import numpy as np
from tests.data.synthetic.conftest import MakeCanvas

from fundusfm.data.synthetic.lesions.opacity import VISIBLE, draw_veil


def test_the_veil_follows_severity_and_marks_where_it_shows(canvas: MakeCanvas) -> None:
    light, dense = canvas(), canvas()
    thin, thick = draw_veil(light, 0.05), draw_veil(dense, 0.95)
    assert thin.share.mean() < thick.share.mean() and thin.blur < thick.blur
    assert thick.share.min() >= 0 and thick.share.max() <= 0.93
    assert np.array_equal(light.masks["media_opacity"], thin.share >= VISIBLE)
    assert light.masks["media_opacity"].any()
