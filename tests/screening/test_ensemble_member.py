"""One bundle scores crops: features, mirror images, the distance to its training set."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fundusfm.screening.ensemble_member import EnsembleMember


@pytest.fixture(scope="module")
def member(bundle: str) -> EnsembleMember:
    return EnsembleMember(bundle)


@pytest.fixture(scope="module")
def squares(member: EnsembleMember) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (3, member.size, member.size, 3), np.uint8)


def test_scores_do_not_depend_on_the_batch(member: EnsembleMember, squares: NDArray[np.uint8]) -> None:
    together = member.score(list(squares), tta=False)
    alone = [member.score([square], tta=False) for square in squares]
    np.testing.assert_allclose(together.scores, np.concatenate([one.scores for one in alone]), atol=1e-5)
    assert together.distances is not None
    assert together.distances.shape == (3,)


def test_tta_is_the_mean_over_four_mirror_images(member: EnsembleMember, squares: NDArray[np.uint8]) -> None:
    square = squares[0]
    four = [square, square[:, ::-1], square[::-1], square[::-1, ::-1]]
    expected = member.score(four, tta=False).scores.mean(axis=0)
    np.testing.assert_allclose(member.score([square], tta=True).scores[0], expected, atol=1e-6)


def test_features(member: EnsembleMember, squares: NDArray[np.uint8]) -> None:
    found = member.features(list(squares))
    assert found.shape == (3, member.width)
    assert found.dtype == np.float32
    assert member.reference is not None
    np.testing.assert_allclose(
        member.reference.distance(found), member.score(list(squares), tta=False).distances, rtol=1e-4
    )


def test_without_a_reference_there_are_no_distances(bundle: str, squares: NDArray[np.uint8], tmp_path: Path) -> None:
    import shutil

    shutil.copytree(bundle, tmp_path / "bundle")
    (tmp_path / "bundle" / "reference.safetensors").unlink()
    assert EnsembleMember(str(tmp_path / "bundle")).score(list(squares), tta=False).distances is None
