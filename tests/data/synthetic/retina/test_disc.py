"""The optic disc and its cup."""

import numpy as np
import pytest
from tests.data.synthetic.conftest import make_subject

from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.retina.disc import GLAUCOMATOUS_CUP, Disc, paint_disc


def _painted(frame: Frame, **severities: float) -> tuple[Disc, np.ndarray]:
    image = np.full((frame.side, frame.side, 3), (0.6, 0.35, 0.18), np.float32)
    return paint_disc(np.random.default_rng(0), make_subject(**severities), frame, image), image


def test_the_disc_is_bright_one_diameter_wide_and_holds_its_cup(frame: Frame) -> None:
    disc, image = _painted(frame)
    assert disc.disc.sum() == pytest.approx(np.pi / 4 * frame.scale**2, rel=0.15)
    assert disc.cup.any() and not (disc.cup & ~disc.disc).any()
    assert image[disc.cup].mean() > image[disc.disc & ~disc.cup].mean() > 1.2 * 0.377
    rows = np.flatnonzero(disc.cup.any(axis=1))
    assert np.ptp(rows) / np.ptp(np.flatnonzero(disc.disc.any(axis=1))) == pytest.approx(disc.ratio, abs=0.12)


def test_glaucoma_widens_the_cup(frame: Frame) -> None:
    healthy, _ = _painted(frame)
    early, late = (_painted(frame, glaucoma=severity)[0] for severity in (0.05, 1.0))
    assert not healthy.cupped and early.cupped and late.cupped
    assert healthy.ratio < GLAUCOMATOUS_CUP < early.ratio < late.ratio
    assert late.cup.sum() > early.cup.sum() > healthy.cup.sum()
