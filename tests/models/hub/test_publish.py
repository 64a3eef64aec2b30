"""Publish to a stand-in of the Hub, and import from it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import timm
import yaml
from huggingface_hub import constants
from tests.models.hub.hub_server import Hub, Repository, serve_hub

import fundusfm
from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import UNKNOWN_LICENCE
from fundusfm.models.listing import cache_folder
from fundusfm.models.trainable import load_bundle, save_bundle, weights_hash


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub that this process uses: the library reads its variables when it is imported, so they are set there."""
    with serve_hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setenv("HF_TOKEN", hub.environment["HF_TOKEN"])
        monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "cache"))
        yield hub


@pytest.fixture
def bundle(make_bundle: Callable[..., Bundle], tmp_path: Path) -> Bundle:
    made = make_bundle(licence="research only")
    saved = save_bundle(tmp_path / "bundle", made.network, made.card)
    (tmp_path / "bundle" / "patients.csv").write_text("not for the world")
    return saved


@pytest.mark.slow
def test_round_trip_as_typed(bundle: Bundle, tmp_path: Path) -> None:
    """Two commands in processes of their own, which find the Hub by HF_ENDPOINT alone."""
    with serve_hub() as hub:
        environment = os.environ | hub.environment | {"HF_HOME": str(tmp_path / "hf"), "FUNDUSFM_CACHE": str(tmp_path)}
        for arguments in (
            ["publish", "--weights", str(bundle.path), "--to", "hf:eye/light", "--private"],
            ["import", "hf:eye/light", "--name", "pulled"],
        ):
            command = [sys.executable, "-m", "fundusfm", "weights", *arguments]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        assert hub.repositories["eye/light"].private
    assert load_bundle(tmp_path / "weights" / "pulled").hash == bundle.hash


FILES = {"model.safetensors", "model.onnx", "config.json", "card.json", "README.md"}


def test_what_is_sent(hub: Hub, bundle: Bundle) -> None:
    address = fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light")
    repository = hub.repositories["eye/light"]
    files = repository.commits[repository.head]
    assert address.endswith(f"/eye/light/commit/{repository.head}") and not repository.private
    assert files.keys() - {".gitattributes"} == FILES
    _, header, body = files["README.md"].decode().split("---\n", 2)
    assert yaml.safe_load(header) == {
        "license": "other",
        "license_name": "as-stated-below",
        "library_name": "timm",
        "pipeline_tag": "image-classification",
        "tags": ["fundusfm", "fundus", "retina", "ophthalmology", "abnormal"],
    }
    assert body.lstrip().startswith("# mobilenetv2_035") and "research only" in body
    elsewhere = timm.create_model("hf-hub:eye/light", pretrained=True)
    assert weights_hash(elsewhere) == bundle.hash


def test_a_new_version_replaces_the_old(hub: Hub, bundle: Bundle, make_bundle: Callable[..., Bundle]) -> None:
    assert bundle.path is not None
    fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light")
    repository = hub.repositories["eye/light"]
    first = repository.head
    repository.commit(repository.commits[first] | {"reference.safetensors": b"of the old weights", "LICENSE": b"kept"})
    other = make_bundle(labels=("abnormal", "glaucoma"), licence="CC-BY-NC-4.0")
    save_bundle(bundle.path, other.network, other.card)
    fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light")
    files = repository.commits[repository.head]
    assert (
        "reference.safetensors" not in files and "LICENSE" in files and b"license: cc-by-nc-4.0" in files["README.md"]
    )

    fundusfm.import_weights(source="hf:eye/light", name="new")
    fundusfm.import_weights(source=f"hf:eye/light@{first}", name="old")
    assert load_bundle(cache_folder() / "weights" / "new").hash == other.hash
    assert load_bundle(cache_folder() / "weights" / "old").hash == bundle.hash
    fundusfm.publish_weights(weights="new", to="hf:eye/again")  # its header is replaced, not doubled
    again = hub.repositories["eye/again"]
    assert again.commits[again.head]["README.md"] == files["README.md"]


def test_weights_that_are_no_bundle(hub: Hub, bundle: Bundle) -> None:
    """Safetensors are preferred, and nothing else is downloaded."""
    assert bundle.path is not None
    files = {name: (bundle.path / name).read_bytes() for name in ("model.safetensors", "config.json")}
    hub.repositories["timm/tiny"] = repository = Repository(private=False)
    repository.commit(files | {"pytorch_model.bin": b"pickled", "train.parquet": b"data"})
    folder = Path(fundusfm.import_weights(source="hf:timm/tiny", name="tiny"))
    card = load_bundle(folder).card
    assert card.architecture == "mobilenetv2_035" and card.labels == []
    assert card.lineage[0].what.startswith(f"imported from hf:timm/tiny@{repository.head}")
    fetched = {line.rsplit("/", 1)[-1] for line in hub.requests if "/resolve/" in line}
    assert fetched == {"model.safetensors", "config.json"}
    assert json.loads((folder / "import.json").read_text())["unexpected"] == ["classifier.bias", "classifier.weight"]
    with pytest.raises(WeightsError, match="imported without terms of use"):
        fundusfm.publish_weights(weights="tiny", to="hf:eye/tiny")
    assert card.licence == UNKNOWN_LICENCE and "eye/tiny" not in hub.repositories


def test_private_is_kept(hub: Hub, bundle: Bundle) -> None:
    hub.repositories["eye/light"] = repository = Repository(private=False)
    repository.commit({})
    with pytest.raises(WeightsError, match="exists and is public"):
        fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light", private=True)
    assert repository.commits[repository.head] == {}


def test_refusals(hub: Hub, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="write hf:OWNER/REPO"):
        fundusfm.publish_weights(weights=str(bundle.path), to="eye/light")
    with pytest.raises(WeightsError, match=r"hf:eye/none cannot be used at http://127\.0\.0\.1"):
        fundusfm.import_weights(source="hf:eye/none", name="none")
    fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light")
    with pytest.raises(WeightsError, match="hf:eye/light@v9 cannot be used"):
        fundusfm.import_weights(source="hf:eye/light@v9", name="none")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(WeightsError, match=r"hf auth login"):
        fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light")


def test_without_a_network(hub: Hub, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light")
    fundusfm.import_weights(source="hf:eye/light", name="before")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    asked = len(hub.requests)
    fundusfm.import_weights(source="hf:eye/light", name="from-the-cache")
    with pytest.raises(WeightsError, match=r"HF_HUB_OFFLINE is set.*fundusfm weights import FILE --name NAME"):
        fundusfm.import_weights(source="hf:eye/other", name="other")
    with pytest.raises(WeightsError, match=r"HF_HUB_OFFLINE is set.*publish it there"):
        fundusfm.publish_weights(weights=str(bundle.path), to="hf:eye/light")
    assert len(hub.requests) == asked
