"""DeepDRiD in miniature."""

import shutil
from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

_OUTER = "regular_fundus_images"
_TEST = f"{_OUTER}/Online-Challenge1&2-Evaluation"
_COLUMNS = ["patient_id", "image_id", "image_path", "Overall quality", "left_eye_DR_Level", "right_eye_DR_Level"]
_COLUMNS += ["patient_DR_Level", "Clarity", "Field definition", "Artifact"]


def _part(root: Path, part: str, rows: list[list[object]]) -> None:
    folder = root / _OUTER / f"regular-fundus-{part}"
    lines = [[row[0], row[1], f"\\regular-fundus-{part}\\{row[0]}\\{row[1]}.jpg", *row[2:]] for row in rows]
    table(folder / f"regular-fundus-{part}.csv", _COLUMNS, lines)
    for row in rows:
        pictures(folder / "Images" / str(row[0]), [f"{row[1]}.jpg"])


def _miniature(root: Path) -> Path:
    _part(
        root,
        "training",
        [
            [3, "3_l1", 0, 1, "", 1, 6, 8, 6],
            [3, "3_r2", 1, "", 0, 1, 4, 8, 8],
            [56, "56_r3", 0, 1, "", 1, 10, 8, 1],  # as published: the grade is the left eye's
        ],
    )
    _part(root, "validation", [[265, "265_l1", 1, 4, "", 4, 8, 8, 0]])
    table(root / _TEST / "Challenge1_labels.xlsx", ["image_id", "DR_Levels"], [["347_l1", 2], ["347_r2", 0]])
    columns = ["image_id", "Overall quality", "Artifact", "Clarity", "Field definition"]
    table(root / _TEST / "Challenge2_labels.xlsx", columns, [["347_r2", 1, 0, 10, 8], ["347_l1", 0, 8, 6, 4]])
    pictures(root / _TEST / "Images/347", ["347_l1.jpg", "347_r2.jpg"])
    return root


def test_grades_of_the_eye_and_of_the_patient(tmp_path: Path) -> None:
    frame = imported("deepdrid", _miniature(tmp_path / "DeepDRiD"), tmp_path / "manifest.csv")
    columns = ["patient", "eye", "part", "dr_grade", "patient_dr_grade", "abnormal", "referable_dr"]
    assert frame.loc["3_l1.jpg", columns].tolist() == ["3", "left", "training", "1", "1", "1", "0"]
    assert frame.loc["3_r2.jpg", columns].tolist() == ["3", "right", "training", "0", "1", "0", "0"]
    assert frame.loc["265_l1.jpg", columns].tolist() == ["265", "left", "validation", "4", "4", "1", "1"]
    assert frame.loc["347_l1.jpg", columns].tolist() == ["347", "left", "test", "2", "", "1", "1"]


def test_quality(tmp_path: Path) -> None:
    frame = imported("deepdrid", _miniature(tmp_path / "DeepDRiD"), tmp_path / "manifest.csv")
    columns = ["quality", "clarity", "field_definition", "artifact"]
    assert frame.loc["3_l1.jpg", columns].tolist() == ["insufficient", "6", "8", "6"]
    assert frame.loc["347_r2.jpg", columns].tolist() == ["good", "10", "8", "0"]


def test_an_eye_that_name_and_grade_disagree_on_is_unknown(tmp_path: Path) -> None:
    frame = imported("deepdrid", _miniature(tmp_path / "DeepDRiD"), tmp_path / "manifest.csv")
    assert frame.loc["56_r3.jpg", ["patient", "eye", "dr_grade"]].tolist() == ["56", "", "1"]


def test_the_training_part_alone(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DeepDRiD")
    shutil.rmtree(root / _TEST)
    shutil.rmtree(root / _OUTER / "regular-fundus-validation")
    assert len(imported("deepdrid", root / _OUTER, tmp_path / "manifest.csv")) == 3


def test_the_challenge_has_two_tables(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DeepDRiD")
    (root / _TEST / "Challenge2_labels.xlsx").unlink()
    with pytest.raises(SourceError, match=r"no file `Challenge2_labels\.xlsx`"):
        imported("deepdrid", root, tmp_path / "manifest.csv")


def test_missing_photographs_are_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DeepDRiD")
    (root / _TEST / "Images/347/347_l1.jpg").unlink()
    with pytest.raises(SourceError, match=r"1 of 6 photographs .*Images/347/347_l1\.jpg"):
        imported("deepdrid", root, tmp_path / "manifest.csv")
