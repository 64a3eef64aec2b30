"""APTOS 2019 in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    table(root / "train.csv", ["id_code", "diagnosis"], [["a1", 0], ["b2", 1], ["c3", 4]])
    pictures(root / "train_images", ["a1.png", "b2.png", "c3.png"])
    return root


def test_grades_and_harmonised_labels(tmp_path: Path) -> None:
    frame = imported("aptos", _miniature(tmp_path / "aptos"), tmp_path / "manifest.csv")
    assert frame.loc["c3.png", ["dr_grade", "abnormal", "referable_dr", "part"]].tolist() == ["4", "1", "1", "train"]
    assert frame.loc["a1.png", ["dr_grade", "abnormal", "referable_dr"]].tolist() == ["0", "0", "0"]
    assert frame.loc["b2.png", ["dr", "referable_dr"]].tolist() == ["1", "0"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    table(tmp_path / "train.csv", ["id_code", "diagnosis"], [["a1", 0]])
    with pytest.raises(SourceError, match="no folder `train_images`"):
        imported("aptos", tmp_path, tmp_path / "manifest.csv")


def test_another_version_of_the_table_is_named(tmp_path: Path) -> None:
    table(tmp_path / "train.csv", ["id_code", "grade"], [["a1", 0]])
    with pytest.raises(SourceError, match="no column `diagnosis`"):
        imported("aptos", tmp_path, tmp_path / "manifest.csv")


def test_missing_photographs_are_refused_or_left_out(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "aptos")
    (root / "train_images" / "b2.png").unlink()
    with pytest.raises(SourceError, match=r"1 of 3 photographs .* train_images/b2\.png"):
        imported("aptos", root, tmp_path / "manifest.csv")
    assert len(imported("aptos", root, tmp_path / "manifest.csv", partial=True)) == 2
