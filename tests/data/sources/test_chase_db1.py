"""CHASE_DB1 in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    for eye in ("01L", "01R", "14L"):
        picture(root / f"Image_{eye}.jpg")
        pictures(root, [f"Image_{eye}_1stHO.png", f"Image_{eye}_2ndHO.png"], mask=True)
    return root


def test_children_eyes_and_observers(tmp_path: Path) -> None:
    frame = imported("chase_db1", _miniature(tmp_path / "CHASEDB1"), tmp_path / "manifest.csv")
    assert frame["patient"].tolist() == ["01", "01", "14"]
    row = frame.loc["Image_01R.jpg"]
    assert row[["eye", "fov"]].tolist() == ["right", ""]
    assert row["vessels"] == "CHASEDB1/Image_01R_1stHO.png"
    assert row["second_observer"] == "CHASEDB1/Image_01R_2ndHO.png"


def test_copies_that_keep_masks_apart(tmp_path: Path) -> None:
    root = tmp_path / "chase"
    picture(root / "Images" / "Image_02L.jpg")
    picture(root / "Masks" / "Image_02L_1stHO.png", mask=True)
    frame = imported("chase_db1", root, tmp_path / "manifest.csv")
    assert frame[["vessels", "second_observer"]].to_numpy().tolist() == [["chase/Masks/Image_02L_1stHO.png", ""]]


def test_another_set_is_told(tmp_path: Path) -> None:
    picture(tmp_path / "21_training.tif")
    with pytest.raises(SourceError, match=r"`Image_01L\.jpg`"):
        imported("chase_db1", tmp_path, tmp_path / "manifest.csv")


def test_two_copies_are_told(tmp_path: Path) -> None:
    _miniature(tmp_path / "a")
    _miniature(tmp_path / "b")
    with pytest.raises(SourceError, match="same name"):
        imported("chase_db1", tmp_path, tmp_path / "manifest.csv")
