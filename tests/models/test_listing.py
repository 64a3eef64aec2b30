"""`fundusfm weights list|show`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fundusfm.cli import main
from fundusfm.commands.weights import list_weights, show_weights
from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.listing import cache_folder, find_bundle, find_listed
from fundusfm.models.trainable import save_bundle


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path))
    return tmp_path


def test_cache_folder_follows_the_environment(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == cache
    monkeypatch.setenv("FUNDUSFM_CACHE", "")
    assert cache_folder() == Path.home() / ".cache" / "fundusfm"


def test_named_bundles(cache: Path, make_bundle: Callable[..., Bundle], capsys: pytest.CaptureFixture[str]) -> None:
    bundle = make_bundle()
    save_bundle(cache / "weights" / "tiny", bundle.network, bundle.card)
    assert find_listed("tiny") == cache / "weights" / "tiny"
    assert main(["weights", "list"]) == 0
    assert "tiny" in (out := capsys.readouterr().out) and "abnormal" in out
    assert "tiny" in set(list_weights()["name"]) and not capsys.readouterr().out
    list_weights(json=True)
    (row,) = [row for row in json.loads(capsys.readouterr().out) if row["name"] == "tiny"]
    assert (row["architecture"], row["size"], row["labels"]) == ("mobilenetv2_035", 64, ["abnormal"])
    assert row["shipped"] is False
    for name in ("tiny", str(cache / "weights" / "tiny")):
        show_weights(name=name, json=True)
        assert json.loads(capsys.readouterr().out)["architecture"] == "mobilenetv2_035"
        show_weights(name=name)
        assert f"# {bundle.card.name}" in (text := capsys.readouterr().out) and "`abnormal`" in text


def test_installed_imagenet_weights_are_listed(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list_weights(json=True)
    listed = rows[rows["origin"] == "package"]
    assert list(listed["name"]) == [f"tf_efficientnet_lite{size}" for size in range(3)]
    assert set(listed["licence"]) == {"Apache-2.0"}
    assert json.loads(capsys.readouterr().out)


def test_a_run_that_holds_a_bundle_is_accepted(cache: Path, make_bundle: Callable[..., Bundle]) -> None:
    bundle = make_bundle()
    save_bundle(cache / "run" / "bundle", bundle.network, bundle.card)
    assert find_bundle(cache / "run") == find_bundle(str(cache / "run" / "bundle")) == cache / "run" / "bundle"


def test_no_such_name(cache: Path) -> None:
    with pytest.raises(WeightsError, match="No weights 'nothing'"):
        show_weights(name="nothing")
