"""Uncertain photographs of different kinds, whole patients."""

import numpy as np
import pytest

from fundusfm.labels.next.choose import choose, uncertainty


def test_entropy_in_bits() -> None:
    logits = np.array([[0.0, 0.0], [50.0, -50.0], [0.0, 50.0]])
    assert uncertainty(logits, multiclass=False) == pytest.approx([1, 0, 0.5])
    assert uncertainty(np.zeros((1, 4)), multiclass=True) == pytest.approx([2])


def test_every_kind_is_chosen_and_in_it_who_is_uncertain() -> None:
    rng = np.random.default_rng(0)
    kind = np.repeat(np.arange(4), 50)
    features = np.eye(8)[kind] * 10 + rng.normal(size=(200, 8)) * 0.1
    doubt = np.full(200, 0.01)
    doubt[::10] = 1.0
    chosen = choose(features.astype(np.float32), doubt, np.arange(200).astype(str).astype(object), 4, seed=0)
    rows = np.concatenate(chosen)
    assert sorted(kind[rows]) == [0, 1, 2, 3]


def test_patients_are_kept_whole() -> None:
    rng = np.random.default_rng(1)
    groups = (np.arange(60) // 3).astype(str).astype(object)
    features = rng.normal(size=(60, 16)).astype(np.float32)
    chosen = choose(features, rng.random(60), groups, 10, seed=0)
    assert [len(rows) for rows in chosen] == [3] * 4
    assert len({groups[rows[0]] for rows in chosen}) == 4
    again = choose(features, rng.random(60), groups, 100, seed=0)
    assert sorted(np.concatenate(again)) == list(range(60))


def test_the_same_seed_chooses_the_same() -> None:
    rng = np.random.default_rng(2)
    features, doubt = rng.normal(size=(100, 16)).astype(np.float32), rng.random(100)
    groups = np.arange(100).astype(str).astype(object)
    one, two = (choose(features, doubt, groups, 20, seed=3) for _ in range(2))
    assert np.array_equal(np.concatenate(one), np.concatenate(two)) and len(np.concatenate(one)) == 20
