"""Zipped bundles, and archives that are traps."""

import stat
import zipfile
from pathlib import Path

import pytest

from fundusfm.errors import WeightsError
from fundusfm.models.importing.archive import unpack_bundle


def _zip(path: Path, names: list[str | zipfile.ZipInfo]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, str(name))
    return path


@pytest.mark.parametrize("folder", ["", "light/", "a/b/"])
def test_only_the_bundle_is_taken(tmp_path: Path, folder: str) -> None:
    path = _zip(
        tmp_path / "a.zip", [f"{folder}card.json", f"{folder}model.safetensors", f"{folder}run.sh", "README.md"]
    )
    out = unpack_bundle(path, tmp_path / "out")
    expected = {"card.json", "model.safetensors"} | ({"README.md"} if not folder else set())
    assert {file.name for file in out.iterdir()} == expected


@pytest.mark.parametrize("name", ["../card.json", "/card.json", "a/../../card.json", "..\\card.json", "C:\\card.json"])
def test_names_that_lead_outside(tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / "a.zip", ["card.json", name])
    with pytest.raises(WeightsError, match="outside of the folder"):
        unpack_bundle(path, tmp_path / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "card.json").exists()


def test_links(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("model.safetensors")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(WeightsError, match="is a link"):
        unpack_bundle(_zip(tmp_path / "a.zip", ["card.json", link]), tmp_path / "out")


def test_not_one_bundle(tmp_path: Path) -> None:
    for names, count in ((["model.safetensors"], 0), (["a/card.json", "b/card.json"], 2)):
        with pytest.raises(WeightsError, match=f"holds {count} bundles"):
            unpack_bundle(_zip(tmp_path / "a.zip", [*names]), tmp_path / "out")


def test_damage(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", ["card.json"])
    content = path.read_bytes()
    path.write_bytes(content.replace(b"card.json", b"card.json", 1)[:-5])
    with pytest.raises(WeightsError, match="cannot be unpacked"):
        unpack_bundle(path, tmp_path / "out")
    path.write_bytes(content.replace(b"card.jsoncard.json", b"card.jsonCARD.json"))
    with pytest.raises(WeightsError, match="cannot be unpacked"):
        unpack_bundle(path, tmp_path / "out2")
