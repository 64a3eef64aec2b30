"""IDRiD's grading part in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

# As published: a space at the end of a name, and columns without any.
_COLUMNS = ["Image name", "Retinopathy grade", "Risk of macular edema ", "", ""]
_TRAINING = "2. Groundtruths/a. IDRiD_Disease Grading_Training Labels.csv"


def _miniature(root: Path) -> Path:
    table(root / _TRAINING, _COLUMNS, [["IDRiD_001", 3, 2, "", ""], ["IDRiD_002", 0, 0, "", ""]])
    testing = root / "2. Groundtruths/b. IDRiD_Disease Grading_Testing Labels.csv"
    table(testing, [name.strip() for name in _COLUMNS[:3]], [["IDRiD_001", 1, 0], ["IDRiD_002", 0, 1]])
    for part in ("a. Training Set", "b. Testing Set"):
        pictures(root / "1. Original Images" / part, ["IDRiD_001.jpg", "IDRiD_002.jpg"])
    return root


def test_the_same_name_in_both_parts(tmp_path: Path) -> None:
    _miniature(tmp_path / "idrid" / "B. Disease Grading")
    frame = imported("idrid", tmp_path / "idrid", tmp_path / "manifest.csv").reset_index(drop=True)
    columns = ["part", "dr_grade", "macular_edema_risk", "abnormal", "dr", "referable_dr"]
    assert frame[columns].to_numpy().tolist() == [
        ["training", "3", "2", "1", "1", "1"],
        ["training", "0", "0", "0", "0", "0"],
        ["testing", "1", "0", "1", "1", "0"],
        ["testing", "0", "1", "1", "0", "0"],
    ]
    assert frame.loc[0, "image"] == "idrid/B. Disease Grading/1. Original Images/a. Training Set/IDRiD_001.jpg"


def test_centres_of_the_localization_part(tmp_path: Path) -> None:
    root = tmp_path / "idrid"
    _miniature(root / "B. Disease Grading")
    folder = root / "C. Localization/2. Groundtruths"
    columns = ["Image No", "X- Coordinate", "Y - Coordinate"]
    disc = folder / "1. Optic Disc Center Location/b. IDRiD_OD_Center_Testing Set_Markups.csv"
    table(disc, [*columns, ""], [["IDRiD_002", 2854, 1410, ""], ["IDRiD_001", 2200, 1500, ""]])
    fovea = folder / "2. Fovea Center Location/IDRiD_Fovea_Center_Testing Set_Markups.csv"
    table(fovea, columns, [["IDRiD_001", 1300, 1450]])
    frame = imported("idrid", root, tmp_path / "manifest.csv").reset_index(drop=True)
    places = ["disc_x", "disc_y", "fovea_x", "fovea_y"]
    assert frame.loc[0, places].tolist() == [""] * 4
    assert frame.loc[2, places].tolist() == ["2200", "1500", "1300", "1450"]
    assert frame.loc[3, places].tolist() == ["2854", "1410", "", ""]


@pytest.mark.parametrize("outer", ["B. Disease Grading", "B.%20Disease%20Grading"])
def test_the_segmentation_part_beside_it_is_not_read(tmp_path: Path, outer: str) -> None:
    root = tmp_path / "idrid"
    pictures(root / "A. Segmentation/1. Original Images/a. Training Set", ["IDRiD_01.jpg"])
    _miniature(root / outer / "B. Disease Grading")
    assert len(imported("idrid", root, tmp_path / "manifest.csv")) == 4


def test_the_segmentation_part_alone_is_refused(tmp_path: Path) -> None:
    pictures(tmp_path / "A. Segmentation/1. Original Images/a. Training Set", ["IDRiD_01.jpg"])
    with pytest.raises(SourceError, match=r"no file `B\. Disease Grading/2\. Groundtruths/a\. IDRiD_Disease"):
        imported("idrid", tmp_path, tmp_path / "manifest.csv")


def test_another_table_is_refused(tmp_path: Path) -> None:
    table(_miniature(tmp_path / "idrid") / _TRAINING, ["id_code", "diagnosis"], [["IDRiD_001", 3]])
    with pytest.raises(SourceError, match="no column `Image name` or `Retinopathy grade`"):
        imported("idrid", tmp_path / "idrid", tmp_path / "manifest.csv")
