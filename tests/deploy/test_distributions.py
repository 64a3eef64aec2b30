"""Wheel and source archive: complete, the same bytes from the same commit, and started by pipx without an install."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest
from tests.deploy.environments import ROOT, call

import fundusfm

_EPOCH = "1700000000"


def _checkout(folder: Path, *, age: int) -> Path:
    """Copies what git tracks, with other times and permissions."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (source := ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            os.utime(target, (age, age))
    return folder


def _build(checkout: Path, out: Path) -> dict[str, Path]:
    line = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(checkout)]
    call(line, checkout, SOURCE_DATE_EPOCH=_EPOCH)
    return {path.name: path for path in out.iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("built")
    return _build(_checkout(folder / "a" / "checkout", age=1_600_000_000), folder / "dist")


@pytest.mark.slow
def test_the_same_commit_gives_the_same_bytes(built: dict[str, Path], tmp_path: Path) -> None:
    again = _build(_checkout(tmp_path / "elsewhere", age=1_700_000_001), tmp_path / "dist")
    assert sorted(built) == sorted(again)
    for name, path in built.items():
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(again[name].read_bytes()).digest(), name


@pytest.mark.slow
def test_an_index_takes_both(built: dict[str, Path], tmp_path: Path) -> None:
    said = call([sys.executable, "-m", "twine", "check", "--strict", *map(str, built.values())], tmp_path)
    assert said.count("PASSED") == 2


@pytest.mark.slow
def test_both_hold_what_they_should(built: dict[str, Path]) -> None:
    (wheel,) = (path for path in built.values() if path.suffix == ".whl")
    (archive,) = (path for path in built.values() if path.suffix == ".gz")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        said = BytesParser().parsebytes(opened.read(metadata))
    assert {"fundusfm/released/light/card.json", "fundusfm/py.typed"} <= set(names)
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]
    assert said["Requires-Python"] == ">=3.11"
    versions = {value.rsplit(" ", 1)[1] for value in said.get_all("Classifier", []) if "Python :: 3." in value}
    assert versions == {"3.11", "3.12", "3.13"}
    with tarfile.open(archive) as sources:
        inside = {name.partition("/")[2] for name in sources.getnames()}
    assert {"pyproject.toml", "tests/conftest.py", "docs/index.md", "Makefile"} <= inside


@pytest.mark.slow
def test_pipx_runs_the_wheel_without_an_install(built: dict[str, Path], tmp_path: Path) -> None:
    (wheel,) = (path for path in built.values() if path.suffix == ".whl")
    fundusfm.synth(out=str(tmp_path / "generated"), count=1, size=256, workers=1)
    (photograph,) = (tmp_path / "generated" / "images").iterdir()
    line = [sys.executable, "-m", "pipx", "run", "--spec", str(wheel), "fundusfm", "predict", str(photograph)]
    said = call(line, tmp_path, PIPX_HOME=str(tmp_path / "pipx"), PIPX_DEFAULT_PYTHON=sys.executable)
    assert photograph.name in said
    assert "not a medical device" in said
