"""JSIEC in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.data.sources.jsiec import _FOLDERS
from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    for folder in _FOLDERS:
        pictures(root / folder, [f"{folder.rpartition('.')[0]}..JPG"])  # two dots, as published
    return root


@pytest.mark.parametrize("below", [".", "1000images", "1000images/1000images"])
def test_classes_and_their_numbers(tmp_path: Path, below: str) -> None:
    _miniature(tmp_path / "jsiec" / below)
    frame = imported("jsiec", tmp_path / "jsiec", tmp_path / "manifest.csv")
    assert len(frame) == frame["class"].nunique() == 39
    assert frame.loc["5.1..JPG", ["class", "class_code"]].tolist() == ["VKH disease", "5.1"]
    assert frame.loc["21..JPG", ["class", "class_code"]].tolist() == ["Yellow-white spots-flecks", "21"]


def test_harmonised_labels(tmp_path: Path) -> None:
    frame = imported("jsiec", _miniature(tmp_path / "1000images"), tmp_path / "manifest.csv")
    harmonised = ["abnormal", "dr", "referable_dr", "glaucoma", "pathologic_myopia", "hypertensive"]
    assert frame.loc["0.0..JPG", harmonised].tolist() == ["0", "0", "0", "0", "0", "0"]
    assert frame.loc["0.3..JPG", harmonised].tolist() == ["1", "1", "0", "", "", ""]
    assert frame.loc["1.1..JPG", harmonised].tolist() == ["1", "1", "1", "", "", ""]
    assert frame.loc["10.0..JPG", harmonised].tolist() == ["1", "", "", "1", "", ""]
    assert frame.loc["9..JPG", harmonised].tolist() == ["1", "", "", "", "1", ""]
    assert frame.loc["11..JPG", harmonised].tolist() == ["1", "", "", "", "", "1"]
    assert frame.loc["0.1..JPG", harmonised].tolist() == [""] * 6
    assert frame.loc["29.1..JPG", harmonised].tolist() == [""] * 6
    assert (frame["abnormal"] == "1").sum() == 34


def test_a_missing_class_is_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "1000images")
    (root / "7.ERM" / "7..JPG").unlink()
    (root / "7.ERM").rmdir()
    with pytest.raises(SourceError, match=r"no folder `7\.ERM`"):
        imported("jsiec", root, tmp_path / "manifest.csv")
