"""The distribution of training features: distances mean what they say, and damage is told."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from fundusfm.errors import WeightsError
from fundusfm.models.reference import REFERENCE, Reference, fit_reference, read_reference, write_reference


def _features(count: int, seed: int, width: int = 40) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return (
        random.normal(size=(count, 5)) @ np.random.default_rng(9).normal(size=(5, width)) * 3
        + random.normal(size=(count, width)) * 0.5
        + 2
    ).astype(np.float32)


def _groups(count: int) -> NDArray[np.object_]:
    return np.array([f"p{number // 2}" for number in range(count)], dtype=object)


@pytest.fixture(scope="module")
def reference() -> Reference:
    found = fit_reference(_features(2000, 0), _groups(2000), seed=0)
    assert found is not None
    return found


def test_one_is_where_the_farthest_hundredth_begin(reference: Reference) -> None:
    new = reference.distance(_features(4000, 1))
    assert 0.003 < (new > 1).mean() < 0.05  # either of two limits, each exceeded by about 1 %
    assert 0.2 < np.median(new) < 1


def test_the_distance_is_mahalanobis(reference: Reference) -> None:
    values = _features(50, 2).astype(np.float64)
    along = (values - reference.mean) @ reference.axes.T.astype(np.float64)
    rest = (values - reference.mean) - along @ reference.axes
    squared = np.stack([(along**2 / reference.variances).sum(1), (rest**2).sum(1) / reference.residual[0]], axis=1)
    assert np.allclose(reference.distance(values), (squared / reference.limits).max(1), rtol=1e-3)


def test_other_directions_are_far(reference: Reference) -> None:
    values = _features(20, 3)
    assert reference.distance(values + 30 * reference.axes[0] * np.sqrt(reference.variances[0])).min() > 3
    across = np.random.default_rng(4).normal(size=values.shape) * 3
    assert reference.distance(values + across).min() > 3


def test_too_little_to_describe() -> None:
    assert fit_reference(_features(20, 0), _groups(20), seed=0) is None
    assert fit_reference(np.ones((100, 8), np.float32), _groups(100), seed=0) is None
    assert fit_reference(_features(40, 0), np.array(["one"] * 40, dtype=object), seed=0) is None


def test_few_photographs_of_many_features() -> None:
    found = fit_reference(_features(32, 0, width=512), _groups(32), seed=0)
    assert found is not None
    assert np.isfinite(found.distance(_features(8, 1, width=512))).all()


def test_round_trip_and_size(reference: Reference, tmp_path: Path) -> None:
    wide = fit_reference(_features(400, 0, width=2048), _groups(400), seed=0)
    assert wide is not None
    write_reference(tmp_path, wide, weights="abc")
    assert (tmp_path / REFERENCE).stat().st_size < 1_000_000
    found = read_reference(tmp_path, weights="abc")
    assert found is not None
    assert np.array_equal(found.distance(_features(9, 1, width=2048)), wide.distance(_features(9, 1, width=2048)))
    assert read_reference(tmp_path / "elsewhere", weights="abc") is None


def test_damage_is_told(reference: Reference, tmp_path: Path) -> None:
    path = tmp_path / REFERENCE
    write_reference(tmp_path, reference, weights="abc")
    whole = path.read_bytes()
    with pytest.raises(WeightsError, match="belongs to other weights"):
        read_reference(tmp_path, weights="other")
    path.write_bytes(whole[:-3])
    with pytest.raises(WeightsError, match="cannot be read"):
        read_reference(tmp_path, weights="abc")
    path.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
    with pytest.raises(WeightsError, match="is damaged: its content"):
        read_reference(tmp_path, weights="abc")
    path.write_bytes(whole)
    save_file({name: value for name, value in load_file(path).items() if name != "axes"}, path)
    with pytest.raises(WeightsError, match="cannot be read"):
        read_reference(tmp_path, weights="abc")
