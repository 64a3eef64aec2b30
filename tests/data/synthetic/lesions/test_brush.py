"""Blobs, and how they are laid over a picture."""

import numpy as np
import pytest

from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.lesions.brush import absorb, blend, blobs, soften


def test_a_blob_covers_its_area_at_its_place(frame: Frame) -> None:
    centre = np.array([frame.centre])
    coverage = blobs(np.random.default_rng(0), frame, centre, np.array([0.3]), roughness=0.0)
    assert coverage.sum() / 255 == pytest.approx(np.pi * (0.3 * frame.scale) ** 2, rel=0.06)
    rows, columns = np.nonzero(coverage)
    assert np.hypot(*(np.array([columns.mean(), rows.mean()]) - frame.to_box(centre)[0])) < 0.5


def test_the_smallest_blob_marks_its_pixel_and_none_marks_nothing(frame: Frame) -> None:
    rng = np.random.default_rng(0)
    assert blobs(rng, frame, np.array([frame.centre]), np.array([1e-6])).max() >= 128
    assert not blobs(rng, frame, np.empty((0, 2)), np.empty(0)).any()


def test_stretched_blobs_point_along(frame: Frame) -> None:
    along = np.array([0.0])
    coverage = blobs(
        np.random.default_rng(0), frame, np.array([frame.centre]), np.array([0.2]), stretch=6.0, along=along
    )
    rows, columns = np.nonzero(coverage)
    angle = np.arctan2(*np.linalg.eigh(np.cov(columns, rows))[1][::-1, 1])
    assert abs(np.sin(angle - frame.direction(along)[0])) < 0.15


def test_softening_keeps_the_amount() -> None:
    coverage = np.zeros((60, 60), np.uint8)
    coverage[20:40, 20:40] = 255
    soft = soften(coverage, 3.0)
    assert int(soft.sum()) == pytest.approx(int(coverage.sum()), rel=0.02)
    assert (soft > 0).sum() > 500


def test_paint_covers_and_pigment_lets_structure_through() -> None:
    coverage = np.zeros((10, 10), np.uint8)
    coverage[:5] = 255
    image = np.full((10, 10, 3), 0.5, np.float32)
    image[:, ::2] = 0.25
    painted, absorbed = image.copy(), image.copy()
    blend(painted, coverage, (1.0, 0.5, 0.0))
    absorb(absorbed, coverage, (1.0, 0.0, 0.0))
    assert np.allclose(painted[:5], (1.0, 0.5, 0.0), atol=1e-6) and (painted[5:] == image[5:]).all()
    assert np.allclose(absorbed[:5, :, 0], image[:5, :, 0] / np.e, rtol=1e-3)
    assert np.allclose(absorbed[:5, :, 1], image[:5, :, 1]) and (absorbed[5:] == image[5:]).all()
    blend(painted, np.zeros_like(coverage), (0.0, 0.0, 0.0))
    assert painted[:5].max() == 1.0
