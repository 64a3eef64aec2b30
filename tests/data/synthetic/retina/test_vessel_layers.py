"""Vessel trees as coverage of pixels."""

import numpy as np
from tests.data.synthetic.conftest import make_subject

from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.retina.vessel_layers import draw_vessels
from fundusfm.data.synthetic.retina.vessels import grow_vessels


def test_arteries_and_veins_leave_the_disc(frame: Frame) -> None:
    layers = draw_vessels(grow_vessels(np.random.default_rng(0), make_subject(), frame.fovea), frame)
    x, y = frame.grid()
    distance = np.hypot(x, y)
    field = frame.field() > 128
    for mask in (layers.artery_mask, layers.vein_mask):
        share = mask[field].mean()
        assert 0.005 < share < 0.15
        ring = field & (distance > 0.6) & (distance < 1.0)
        assert mask[ring].mean() > mask[field & (distance > 2.5)].mean()
    assert layers.reflex.sum() < layers.arteries.sum() + layers.veins.sum()


def test_nothing_is_drawn_without_branches(frame: Frame) -> None:
    layers = draw_vessels([], frame)
    assert not layers.arteries.any() and not layers.veins.any() and layers.veins.shape == (frame.side, frame.side)
