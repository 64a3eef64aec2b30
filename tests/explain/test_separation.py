"""Separation of known groups."""

import numpy as np

from fundusfm.explain.separation import separation

RNG = np.random.default_rng(0)


def test_groups_far_apart_and_mixed() -> None:
    values = np.array(["a", "b"] * 40, dtype=object)
    groups = np.array([f"patient {row // 2}" for row in range(80)], dtype=object)
    noise = RNG.normal(size=(80, 4)).astype(np.float32)
    apart = separation(noise + 20 * (values == "b")[:, None].astype(np.float32), values, groups)
    assert apart["knn_accuracy"] == 1
    assert apart["silhouette"] > 0.8
    mixed = separation(noise, values, groups)
    assert abs(mixed["silhouette"]) < 0.2
    assert mixed["knn_accuracy"] < 0.75


def test_the_other_eye_is_no_neighbour() -> None:
    """Two eyes of a patient that are identical tell nothing about a value that is random between patients."""
    patients = np.repeat(np.arange(60), 2)
    features = RNG.normal(size=(60, 8)).astype(np.float32)[patients]
    values = np.where(RNG.random(60) < 0.5, "a", "b").astype(object)[patients]
    assert separation(features, values, patients.astype(str).astype(object))["knn_accuracy"] < 0.75


def test_one_value_has_no_separation() -> None:
    found = separation(np.zeros((10, 2), np.float32), np.array(["a"] * 9 + [""], object), np.arange(10).astype(object))
    assert found["knn_accuracy"] is None
    assert "at least two" in found["reason"]
    assert found["n"] == 9
