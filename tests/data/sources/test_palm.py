"""PALM in miniature, as the challenge published it and as its paper did."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

_COLUMNS = ["part", "class", "pm_label", "pathologic_myopia", "abnormal"]
_HEADER = ["ID", "imgName", "Label", "Fovea_X", "Fovea_Y"]


def _challenge(root: Path) -> Path:
    pictures(root / "PALM-Training400" / "PALM-Training400", ["P0001.jpg", "H0001.jpg", "N0001.jpg"])
    pictures(root / "PALM-Validation400", ["V0001.jpg", "V0002.jpg"])
    rows = [[1, "V0001.jpg", 0, 1.5, 2.5], [2, "V0002.jpg", 1, 1.5, 2.5]]
    table(root / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx", _HEADER, rows)
    pictures(root / "PALM-Testing400-Images", ["T0001.jpg"])
    return root


def test_the_copy_of_the_challenge(tmp_path: Path) -> None:
    frame = imported("palm", _challenge(tmp_path / "palm"), tmp_path / "manifest.csv")
    assert frame.loc["P0001.jpg", _COLUMNS].tolist() == ["training", "pathologic myopia", "1", "1", "1"]
    assert frame.loc["H0001.jpg", _COLUMNS].tolist() == ["training", "high myopia", "0", "0", ""]
    assert frame.loc["N0001.jpg", _COLUMNS].tolist() == ["training", "normal", "0", "0", "0"]
    assert frame.loc["V0001.jpg", _COLUMNS].tolist() == ["validation", "not pathologic myopia", "0", "0", ""]
    assert frame.loc["V0002.jpg", _COLUMNS].tolist() == ["validation", "pathologic myopia", "1", "1", "1"]
    assert frame.loc["T0001.jpg", _COLUMNS].tolist() == ["test", "", "", "", ""]


def test_the_copy_of_the_paper(tmp_path: Path) -> None:
    root = tmp_path / "download" / "PALM"
    for part, rows in {
        "Training": [["N0001.jpg", 0], ["P0001.jpg", 1]],
        "Validation": [["V0001.jpg", 1]],
        "Testing": [["T0001.jpg", 0], ["T0002.jpg", 1]],
    }.items():
        pictures(root / part / "Images", [str(row[0]) for row in rows])
        pictures(root / part / "Disc Masks", ["ignored.bmp"], mask=True)
        table(root / part / "Classification Labels.xlsx", ["imgName", "Label"], rows)
    frame = imported("palm", tmp_path / "download", tmp_path / "manifest.csv")
    assert frame["part"].tolist() == ["training"] * 2 + ["validation"] + ["test"] * 2
    assert frame["pathologic_myopia"].tolist() == ["0", "1", "1", "0", "1"]


def test_another_table_is_named(tmp_path: Path) -> None:
    root = _challenge(tmp_path / "palm")
    table(root / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.csv", ["name", "Label"], [["V0001.jpg", 0]])
    with pytest.raises(SourceError, match=r"PM_Label_and_Fovea_Location\.csv has no column `imgName`"):
        imported("palm", root, tmp_path / "manifest.csv")


def test_the_training_part_is_needed(tmp_path: Path) -> None:
    pictures(tmp_path / "PALM-Validation400", ["V0001.jpg"])
    with pytest.raises(SourceError, match="no folder `PALM-Training400`"):
        imported("palm", tmp_path, tmp_path / "manifest.csv")
