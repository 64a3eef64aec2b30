"""Messidor-2 in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

_FILES = ["20051020_43808_0100_PP.png", "20051020_43832_0100_PP.png", "IM000012.JPG", "IM000013.JPG"]
_COLUMNS = ["image_id", "adjudicated_dr_grade", "adjudicated_dme", "adjudicated_gradable"]


def _miniature(root: Path) -> Path:
    names = [*_FILES[:2], "IM000012.jpg", "IM000013.jpg"]  # as published, in lower case
    cells = [[0, 0, 1], [2, 1, 1], [0, 1, 1], ["", "", 0]]
    table(root / "messidor_data.csv", _COLUMNS, [[name, *row] for name, row in zip(names, cells, strict=True)])
    pictures(root / "IMAGES", _FILES)
    return root


def test_grades_and_harmonised_labels(tmp_path: Path) -> None:
    frame = imported("messidor2", _miniature(tmp_path / "messidor2"), tmp_path / "manifest.csv")
    columns = ["quality", "dr_grade", "macular_edema", "abnormal", "dr", "referable_dr"]
    assert frame.loc["20051020_43808_0100_PP.png", columns].tolist() == ["gradable", "0", "0", "0", "0", "0"]
    assert frame.loc["20051020_43832_0100_PP.png", columns].tolist() == ["gradable", "2", "1", "1", "1", "1"]
    assert frame.loc["IM000012.JPG", columns].tolist() == ["gradable", "0", "1", "1", "0", "0"]
    assert frame.loc["IM000013.JPG", columns].tolist() == ["ungradable", "", "", "", "", ""]
    assert "patient" not in frame


def test_pairs_give_patients_and_eyes(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "messidor2")
    lines = ["left;right ", f"{_FILES[1]};{_FILES[0]}", f"{_FILES[3]};IM000099.JPG", ""]
    (root / "messidor-2.csv").write_text("\n".join(lines), encoding="utf-8")
    frame = imported("messidor2", root, tmp_path / "manifest.csv")
    assert frame.loc[_FILES[:2], ["patient", "eye"]].to_numpy().tolist() == [["1", "right"], ["1", "left"]]
    assert frame.loc["IM000013.JPG", ["patient", "eye"]].tolist() == ["2", "left"]
    assert frame.loc["IM000012.JPG", ["patient", "eye"]].tolist() == ["", ""]


def test_the_preprocessed_copy(tmp_path: Path) -> None:
    columns = ["id_code", "diagnosis", "adjudicated_dme", "adjudicated_gradable"]
    table(tmp_path / "copy/messidor_data.csv", columns, [[_FILES[0], "3.0", "1.0", "1"]])
    pictures(tmp_path / "copy/messidor-2/messidor-2/preprocess", _FILES[:1])
    frame = imported("messidor2", tmp_path / "copy", tmp_path / "manifest.csv")
    assert frame.loc[_FILES[0], ["dr_grade", "macular_edema", "referable_dr"]].tolist() == ["3", "1", "1"]


def test_without_the_grades(tmp_path: Path) -> None:
    pictures(tmp_path / "IMAGES", _FILES)
    (tmp_path / "messidor-2.csv").write_text("left;right\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"no file `messidor_data\.csv`; it holds IMAGES/, messidor-2\.csv"):
        imported("messidor2", tmp_path, tmp_path / "manifest.csv")
