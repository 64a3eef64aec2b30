"""RFMiD 1.0 in miniature, in the two layouts that its archives have."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.data.sources.registry import load_source
from fundusfm.errors import SourceError

_CODES = list(load_source("rfmid").labels)
_TABLES = {
    "Training_Set": "RFMiD_Training_Labels.csv",
    "Evaluation_Set": "RFMiD_Validation_Labels.csv",
    "Test_Set": "RFMiD_Testing_Labels.csv",
}
_IMAGES = {"Training_Set": "Training", "Evaluation_Set": "Validation", "Test_Set": "Test"}


def _row(number: int, *codes: str) -> list[int]:
    return [number, *(int(code in codes) for code in _CODES)]


_ROWS = [_row(1, "Disease_Risk", "DR", "MH"), _row(2), _row(3, "Disease_Risk", "ARMD")]


def _labels(path: Path) -> None:
    table(path, ["ID", *_CODES], _ROWS)


@pytest.mark.parametrize("inner", [False, True])
def test_parts_and_labels(tmp_path: Path, inner: bool) -> None:
    for outer, name in _TABLES.items():
        folder = tmp_path / "rfmid" / outer / (outer if inner else "")
        _labels(folder / name)
        pictures(folder / _IMAGES[outer], ["1.png", "2.png", "3.png"])
    frame = imported("rfmid", tmp_path / "rfmid", tmp_path / "manifest.csv")
    assert frame["part"].tolist() == ["training"] * 3 + ["validation"] * 3 + ["test"] * 3
    columns = ["Disease_Risk", "DR", "MH", "ARMD", "abnormal", "dr", "amd"]
    training = frame[frame["part"] == "training"]
    assert training.loc["1.png", columns].tolist() == ["1", "1", "1", "0", "1", "1", "0"]
    assert training.loc["2.png", columns].tolist() == ["0", "0", "0", "0", "0", "0", "0"]
    assert training.loc["3.png", columns].tolist() == ["1", "0", "0", "1", "1", "0", "1"]
    assert len(set(frame["image"])) == 9


def test_the_archive_of_all_classes(tmp_path: Path) -> None:
    root = tmp_path / "A. RFMiD_All_Classes_Dataset"
    _labels(root / "2. Groundtruths" / "a. RFMiD_Training_Labels.csv")
    pictures(root / "1. Original Images" / "a. Training Set", ["1.png", "2.png", "3.png"])
    frame = imported("rfmid", tmp_path, tmp_path / "manifest.csv")
    assert frame["dr"].tolist() == ["1", "0", "0"]


def test_another_version_of_the_table_is_named(tmp_path: Path) -> None:
    table(tmp_path / "Training_Set" / "RFMiD_Training_Labels.csv", ["ID", "Disease_Risk", "DR"], [[1, 0, 0]])
    with pytest.raises(SourceError, match="no column `ARMD`"):
        imported("rfmid", tmp_path, tmp_path / "manifest.csv")


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    pictures(tmp_path / "Training_Set" / "Training", ["1.png"])
    with pytest.raises(SourceError, match=r"no file `Training_Set/RFMiD_Training_Labels\.csv`"):
        imported("rfmid", tmp_path, tmp_path / "manifest.csv")


def test_letters_of_odir(tmp_path: Path) -> None:
    rows = [_row(1, "Disease_Risk", "DR"), _row(2), _row(3, "Disease_Risk", "MYA"), _row(4, "Disease_Risk", "BRVO")]
    folder = tmp_path / "rfmid" / "Training_Set"
    table(folder / _TABLES["Training_Set"], ["ID", *_CODES], rows)
    pictures(folder / "Training", [f"{number}.png" for number in range(1, 5)])
    frame = imported("rfmid", tmp_path / "rfmid", tmp_path / "manifest.csv")
    letters = frame[["N", "D", "A", "O"]].to_numpy().tolist()
    assert letters == [["0", "1", "0", "0"], ["1", "0", "0", "0"], ["0", "0", "0", ""], ["0", "0", "0", "1"]]
