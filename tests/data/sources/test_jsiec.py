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
    with pytest.raises(SourceError, match=r"26 of 64 photographs .* missing, such as 7\.ERM/\*\.JPG\.") as refused:
        imported("jsiec", root, tmp_path / "manifest.csv")
    assert "\n" not in str(refused.value)
    assert imported("jsiec", root, tmp_path / "manifest.csv", partial=True)["class"].nunique() == 38
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"no folder `0\.0\.Normal`"):
        imported("jsiec", tmp_path / "empty", tmp_path / "other.csv")


def test_photographs_of_classes_that_are_not_there_are_counted(tmp_path: Path) -> None:
    pictures(tmp_path / "jsiec" / "0.0.Normal", [f"{number}.JPG" for number in range(38)])
    with pytest.raises(SourceError, match=r"962 of 1000 photographs .*Tessellated.*, 0\.2\..*, 0\.3\.DR1"):
        imported("jsiec", tmp_path / "jsiec", tmp_path / "manifest.csv")


def test_letters_of_odir_and_their_table(tmp_path: Path) -> None:
    frame = imported("jsiec", _miniature(tmp_path / "1000images"), tmp_path / "manifest.csv").set_index("class")
    letters = ["N", "D", "G", "H", "M", "O"]
    assert frame.loc["Normal", letters].tolist() == ["1", "0", "0", "0", "0", "0"]
    assert frame.loc["DR2", letters].tolist() == ["0", "1", "", "", "", ""]
    assert frame.loc["Maculopathy", letters].tolist() == ["0", "", "", "", "", ""]
    page = (Path(__file__).parents[3] / "docs" / "sources.md").read_text(encoding="utf-8").partition("letters\n")[2]
    told = {line.split(" | ")[0].strip("| `"): line.split(" | ")[1] for line in page.splitlines() if line[:1] == "|"}
    for letter in letters:
        for name in frame.index[frame[letter] == "1"]:
            assert name in told[letter], (letter, name)
    unknown = frame.index[(frame[letters] != "1").all(axis=1)]
    assert set(told["unknown"].split(", ")) == set(unknown)
