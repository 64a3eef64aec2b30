"""Paths that nearly exist."""

import unicodedata
from pathlib import Path

import pytest

from fundusfm.data.manifest.near import is_windows_path, likely_path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "set/Images"
    folder.mkdir(parents=True)
    for name in ("a.jpg", unicodedata.normalize("NFC", "Mü.png")):
        (folder / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "set"


@pytest.mark.parametrize(
    ("cell", "what", "where"),
    [
        ("Images/a", "suffix", "Images/a.jpg"),
        ("images/A.JPG", "case", "Images/a.jpg"),
        ("D:\\data\\Images\\a.jpg", "Windows", "Images/a.jpg"),
        ("\\\\server\\share\\Images\\a.jpg", "Windows", "Images/a.jpg"),
        ("/home/x/Images/a.jpg", "another place", "Images/a.jpg"),
        (unicodedata.normalize("NFD", "Images/Mü.png"), "accents", unicodedata.normalize("NFC", "Images/Mü.png")),
    ],
)
def test_the_file_that_is_meant(cell: str, what: str, where: str, root: Path) -> None:
    found = likely_path(root, cell)
    assert found is not None and what in found[0] and found[1] == where


def test_a_name_whose_photograph_is_in_a_subfolder(root: Path) -> None:
    assert likely_path(root, "a.jpg") == ("the photographs are in a folder beside the manifest", "Images/a.jpg")


def test_a_path_of_the_working_folder(root: Path) -> None:
    found = likely_path(root, "set/Images/a.jpg")
    assert found is not None
    assert "working folder" in found[0] and Path(found[1]) == root / "Images/a.jpg"


@pytest.mark.parametrize("cell", ["nowhere.jpg", "x" * 5000, "a\0b", "..", "D:\\gone.jpg"])
def test_nothing_is_near(cell: str, root: Path) -> None:
    assert likely_path(root, cell) is None


def test_windows_paths() -> None:
    assert is_windows_path("C:\\a") and is_windows_path("c:/a") and is_windows_path("\\\\server\\a")
    assert not is_windows_path("a:b") and not is_windows_path("/a") and not is_windows_path("a\\b")
