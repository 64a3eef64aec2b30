"""RFMiD 2.0 in miniature, with the faults of its tables: a hard space, a misspelt name, an empty column."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.data.sources.registry import load_source
from fundusfm.errors import SourceError

_CODES = list(load_source("rfmid2").labels)
_FAULTY = {"ON": "ON\xa0", "ODPM": "OPDM"}


def _labels(path: Path, rows: dict[int, tuple[str, ...]], *, absent: str = "0") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(["ID", *(_FAULTY.get(code, code) for code in _CODES), ""])]
    for number, present in rows.items():
        lines.append(",".join([str(number), *("1" if code in present else absent for code in _CODES), ""]))
    lines.append("," * (len(_CODES) + 1))
    path.write_bytes("\r\n".join(lines).encode("cp1252"))


def _miniature(root: Path) -> Path:
    _labels(root / "Training_set" / "RFMiD_2_Training_labels.csv", {1: ("WNL",), 5: ("DR", "HTN")})
    pictures(root / "Training_set", ["1.jpg", "5.JPG"])
    return root


_COLUMNS = ["WNL", "DR", "ON", "ODPM", "abnormal", "dr", "amd", "hypertensive"]


def test_labels(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "rfmid2")
    _labels(root / "Test_set" / "RFMiD_2_Testing_labels.csv", {2: ("ON", "ODPM", "ARMD")})
    pictures(root / "Test_set", ["2.jpg"])
    frame = imported("rfmid2", root, tmp_path / "manifest.csv")
    assert frame["part"].tolist() == ["training", "training", "test"]
    assert frame.loc["1.jpg", _COLUMNS].tolist() == ["1", "0", "0", "0", "0", "0", "0", "0"]
    assert frame.loc["5.JPG", _COLUMNS].tolist() == ["0", "1", "0", "0", "1", "1", "0", "1"]
    assert frame.loc["2.jpg", _COLUMNS].tolist() == ["0", "0", "1", "1", "1", "0", "1", "0"]


def test_a_table_of_ones_beside_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "rfmid2"
    _labels(root / "RFMiD_2_Training_labels.csv", {1: ("WNL",), 5: ("DR",)}, absent="")
    pictures(root / "Training", ["1.jpg", "5.jpg"])
    frame = imported("rfmid2", root, tmp_path / "manifest.csv")
    assert frame["abnormal"].tolist() == ["0", "1"]
    assert frame["dr"].tolist() == ["0", "1"]


def test_an_empty_cell_among_zeros_is_unknown(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "rfmid2")
    path = root / "Training_set" / "RFMiD_2_Training_labels.csv"
    path.write_bytes(path.read_bytes().replace(b"\r\n5,0,", b"\r\n5,,"))
    frame = imported("rfmid2", root, tmp_path / "manifest.csv")
    assert frame.loc["5.JPG", ["WNL", "abnormal", "dr"]].tolist() == ["", "", "1"]


def test_a_missing_condition_is_named(tmp_path: Path) -> None:
    path = tmp_path / "Training_set" / "RFMiD_2_Training_labels.csv"
    path.parent.mkdir()
    path.write_text("ID,WNL\n1,1\n")
    with pytest.raises(SourceError, match="has no column `AH` or `AION`"):
        imported("rfmid2", tmp_path, tmp_path / "manifest.csv")
