"""DRIVE in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    picture(root / "training/images/21_training.tif")
    picture(root / "training/1st_manual/21_manual1.gif", mask=True)
    picture(root / "training/mask/21_training_mask.gif", mask=True)
    pictures(root / "test/images", ["01_test.tif", "02_test.tif"])
    pictures(root / "test/mask", ["01_test_mask.gif", "02_test_mask.gif"], mask=True)
    pictures(root / "test/1st_manual", ["01_manual1.gif", "02_manual1.gif"], mask=True)
    pictures(root / "test/2nd_manual", ["01_manual2.gif", "02_manual2.gif"], mask=True)
    return root


def test_masks_belong_to_their_photograph(tmp_path: Path) -> None:
    frame = imported("drive", _miniature(tmp_path / "DRIVE"), tmp_path / "manifest.csv")
    row = frame.loc["02_test.tif"]
    assert row["vessels"] == "DRIVE/test/1st_manual/02_manual1.gif"
    assert row["second_observer"] == "DRIVE/test/2nd_manual/02_manual2.gif"
    assert row["fov"] == "DRIVE/test/mask/02_test_mask.gif"
    assert frame.loc["21_training.tif", ["part", "second_observer"]].tolist() == ["training", ""]


def test_arteries_and_veins_of_rite(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DRIVE")
    assert "artery_vein" in imported("drive", root, tmp_path / "without.csv")
    pictures(root / "AV_groundTruth/test/av", ["01_test.png", "02_test.png"])
    frame = imported("drive", root, tmp_path / "manifest.csv")
    assert frame.loc["02_test.tif", "artery_vein"] == "DRIVE/AV_groundTruth/test/av/02_test.png"
    assert frame.loc["21_training.tif", "artery_vein"] == ""


def test_without_the_test_parts_masks(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DRIVE")
    for folder in ("1st_manual", "2nd_manual"):
        for path in (root / "test" / folder).iterdir():
            path.unlink()
        (root / "test" / folder).rmdir()
    frame = imported("drive", root, tmp_path / "manifest.csv")
    assert frame.loc["01_test.tif", "vessels"] == ""


def test_training_masks_are_needed(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DRIVE")
    (root / "training/1st_manual/21_manual1.gif").unlink()
    (root / "training/1st_manual").rmdir()
    with pytest.raises(SourceError, match="training/1st_manual"):
        imported("drive", root, tmp_path / "manifest.csv")
