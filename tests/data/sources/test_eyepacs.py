"""Kaggle Diabetic Retinopathy Detection in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

_TRAIN = [["10_left", 0], ["10_right", 1], ["16_left", 4]]


def _miniature(root: Path) -> Path:
    table(root / "trainLabels.csv", ["image", "level"], _TRAIN)
    pictures(root / "train", ["10_left.jpeg", "10_right.jpeg", "16_left.jpeg"])
    return root


def test_grades_patients_and_eyes(tmp_path: Path) -> None:
    frame = imported("eyepacs", _miniature(tmp_path / "eyepacs"), tmp_path / "manifest.csv")
    columns = ["patient", "eye", "part", "dr_grade", "abnormal", "referable_dr"]
    assert frame.loc["10_right.jpeg", columns].tolist() == ["10", "right", "train", "1", "1", "0"]
    assert frame.loc["16_left.jpeg", columns].tolist() == ["16", "left", "train", "4", "1", "1"]
    assert frame.loc["10_left.jpeg", ["dr", "abnormal"]].tolist() == ["0", "0"]


def test_the_test_part_is_read_where_it_is_complete(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "eyepacs")
    rows = [["1_left", 2, "Private"], ["1_right", 0, "Public"]]
    table(root / "retinopathy_solution.csv", ["image", "level", "Usage"], rows)
    assert len(imported("eyepacs", root, tmp_path / "train.csv")) == 3
    pictures(root / "test", ["1_left.jpeg", "1_right.jpeg"])
    frame = imported("eyepacs", root, tmp_path / "manifest.csv")
    assert frame.loc["1_left.jpeg", ["part", "dr_grade"]].tolist() == ["private test", "2"]
    assert frame.loc["1_right.jpeg", ["part", "patient"]].tolist() == ["public test", "1"]


@pytest.mark.parametrize(
    ("name", "folder", "suffix"),
    [
        ("trainLabels.csv", "resized_train/resized_train", ".jpeg"),
        ("labels/trainLabels15.csv", "resized train 15", ".jpg"),
        ("trainLabels_cropped.csv", "resized_train_cropped/resized_train_cropped", ".jpeg"),
    ],
)
def test_resized_copies(tmp_path: Path, name: str, folder: str, suffix: str) -> None:
    table(tmp_path / "copy" / name, ["image", "level"], _TRAIN)
    pictures(tmp_path / "copy" / folder, [str(image) + suffix for image, _ in _TRAIN])
    frame = imported("eyepacs", tmp_path / "copy", tmp_path / "manifest.csv")
    assert frame["dr_grade"].tolist() == ["0", "1", "4"]


def test_a_missing_folder_and_missing_photographs_are_named(tmp_path: Path) -> None:
    table(tmp_path / "trainLabels.csv", ["image", "level"], _TRAIN)
    with pytest.raises(SourceError, match="no folder `train` or `resized_train/resized_train`"):
        imported("eyepacs", tmp_path, tmp_path / "manifest.csv")
    pictures(tmp_path / "train", ["10_left.jpeg"])
    with pytest.raises(SourceError, match=r"2 of 3 photographs .* train/10_right\.jpeg"):
        imported("eyepacs", tmp_path, tmp_path / "manifest.csv")
