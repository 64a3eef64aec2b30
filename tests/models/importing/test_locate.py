"""SOURCE may be a bundle, a run, a zip or a file; nothing is read before its checksum agrees."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.importing.locate import locate
from fundusfm.models.trainable import save_bundle


@pytest.fixture
def bundle(make_bundle: Callable[..., Bundle], tmp_path: Path) -> Path:
    made = make_bundle()
    save_bundle(tmp_path / "run" / "bundle", made.network, made.card)
    return tmp_path / "run" / "bundle"


def test_a_bundle_and_the_run_that_holds_it(bundle: Path, tmp_path: Path) -> None:
    for source in (bundle, bundle.parent):
        found = locate(str(source), tmp_path / "scratch", sha256=None)
        assert found.is_bundle and found.path == bundle
        assert found.digest == hashlib.sha256((bundle / "model.safetensors").read_bytes()).hexdigest()


def test_a_zip_is_unpacked_into_the_scratch_folder(bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for file in bundle.iterdir():
            archive.write(file, f"inside/{file.name}")
    found = locate(str(tmp_path / "b.zip"), tmp_path / "scratch", sha256=None)
    assert found.is_bundle and found.path == tmp_path / "scratch" / "unpacked" and found.origin == "b.zip"


def test_a_folder_of_one_file_with_its_architecture(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"architecture": "resnet18"}')
    found = locate(str(tmp_path), tmp_path / "scratch", sha256=None)
    assert not found.is_bundle and found.backbone == "resnet18"
    (tmp_path / "config.json").write_text("{")
    assert locate(str(tmp_path), tmp_path / "scratch", sha256=None).backbone is None


def test_another_checksum_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "w.safetensors")
    digest = hashlib.sha256((tmp_path / "w.safetensors").read_bytes()).hexdigest()
    assert locate(str(tmp_path / "w.safetensors"), tmp_path, sha256=f" {digest.upper()}\n").digest == digest
    with pytest.raises(WeightsError, match="Nothing was imported"):
        locate(str(tmp_path / "w.safetensors"), tmp_path, sha256="0" * 64)


@pytest.mark.parametrize(("name", "message"), [("nowhere", "does not exist"), ("owner/repo", "hf:owner/repo")])
def test_what_is_not_there(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        locate(name, tmp_path, sha256=None)


def test_what_is_no_weights(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no weights")
    with pytest.raises(WeightsError, match="no kind of weights"):
        locate(str(tmp_path / "notes.txt"), tmp_path, sha256=None)
    with pytest.raises(WeightsError, match="there are: none"):
        locate(str(tmp_path), tmp_path, sha256=None)
