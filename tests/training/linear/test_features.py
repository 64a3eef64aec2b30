"""Features are computed once per weights and store."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fundusfm.data.store.reader import open_store
from fundusfm.models.start import start_network
from fundusfm.training.linear import features as module
from fundusfm.training.linear.features import cached_features, features_path


def test_second_time_comes_from_the_cache(store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path))
    opened = open_store(str(store))
    bundle = start_network("scratch", backbone="mobilenetv2_035", size=64)
    first = cached_features(bundle, opened)
    assert first.shape == (len(opened), bundle.network.num_features) and first.dtype == np.float32

    def fail(*args: object, **options: object) -> None:
        raise AssertionError("computed twice")

    monkeypatch.setattr(module, "features", fail)
    np.testing.assert_array_equal(cached_features(bundle, opened), first)
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".npy"]


def test_other_weights_and_other_rows_have_other_places(store: Path) -> None:
    opened = open_store(str(store))
    one, two = (start_network("scratch", backbone="mobilenetv2_035", size=64, seed=seed) for seed in (0, 1))
    paths = {features_path(one, opened), features_path(two, opened), features_path(one, opened.take([0, 1]))}
    assert len(paths) == 3


@pytest.mark.parametrize(
    "changed",
    [{"mean": [0.5] * 3}, {"std": [0.25] * 3}, {"crop": "fov-v0"}, {"arguments": {"global_pool": "max"}}, {"size": 96}],
    ids=lambda changed: next(iter(changed)),
)
def test_another_input_contract_shares_no_features(changed: dict[str, Any], store: Path) -> None:
    opened = open_store(str(store))
    bundle = start_network("scratch", backbone="mobilenetv2_035", size=64)
    other = replace(bundle, card=bundle.card.model_copy(update=changed))
    assert other.hash == bundle.hash
    assert features_path(other, opened) != features_path(bundle, opened)


def test_damaged_features_are_computed_again(
    store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path))
    opened = open_store(str(store))
    bundle = start_network("scratch", backbone="mobilenetv2_035", size=64)
    first = cached_features(bundle, opened)
    features_path(bundle, opened).write_bytes(b"cut")
    np.testing.assert_array_equal(cached_features(bundle, opened), first)
    assert "is damaged" in capsys.readouterr().err
