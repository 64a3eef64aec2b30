"""The map is deterministic, keeps groups together, and refuses what cannot be mapped."""

import numpy as np
import pytest

from fundusfm.errors import ConfigError
from fundusfm.explain.tsne import tsne_map


def test_same_seed_same_map_and_groups_stay_together() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1], 30)
    features = (rng.normal(size=(60, 10)) + 12 * group[:, None]).astype(np.float32)
    first, again = tsne_map(features, seed=1), tsne_map(features, seed=1)
    assert np.array_equal(first, again)
    centres = np.array([first[group == number].mean(axis=0) for number in (0, 1)])
    within = max(np.linalg.norm(first[group == number] - centres[number], axis=1).mean() for number in (0, 1))
    assert np.linalg.norm(centres[0] - centres[1]) > 2 * within


def test_too_few_rows() -> None:
    with pytest.raises(ConfigError, match="at least 8 photographs"):
        tsne_map(np.zeros((5, 3), np.float32))
