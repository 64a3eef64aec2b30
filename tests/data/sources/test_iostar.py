"""IOSTAR in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    pictures(root / "image", ["STAR 01_OSC.jpg", "STAR 06_ODN.jpg"])
    for folder, ending in (("GT", "GT"), ("mask", "Mask"), ("mask_OD", "ODMask")):
        pictures(root / folder, [f"STAR 01_OSC_{ending}.tif", f"STAR 06_ODN_{ending}.tif"], mask=True)
    picture(root / "AV_GT" / "STAR 01_OSC_AV.tif")
    return root


def test_eyes_and_masks(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "IOSTAR" / "IOSTAR Vessel Segmentation Dataset").parent
    frame = imported("iostar", root, tmp_path / "manifest.csv")
    assert frame["eye"].to_dict() == {"STAR 01_OSC.jpg": "left", "STAR 06_ODN.jpg": "right"}
    folder = "IOSTAR/IOSTAR Vessel Segmentation Dataset"
    row = frame.loc["STAR 01_OSC.jpg"]
    assert row["vessels"] == f"{folder}/GT/STAR 01_OSC_GT.tif"
    assert row["fov"] == f"{folder}/mask/STAR 01_OSC_Mask.tif"
    assert row["mask_optic_disc"] == f"{folder}/mask_OD/STAR 01_OSC_ODMask.tif"
    assert row["artery_vein"] == f"{folder}/AV_GT/STAR 01_OSC_AV.tif"
    assert frame.loc["STAR 06_ODN.jpg", ["artery_vein", "second_observer"]].tolist() == ["", ""]


def test_vessels_are_needed(tmp_path: Path) -> None:
    picture(tmp_path / "image" / "STAR 01_OSC.jpg")
    with pytest.raises(SourceError, match="no folder `GT`"):
        imported("iostar", tmp_path, tmp_path / "manifest.csv")


def test_another_set_is_told(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "IOSTAR")
    picture(root / "image" / "01_test.jpg")
    with pytest.raises(SourceError, match=r"01_test\.jpg is not named like"):
        imported("iostar", root, tmp_path / "manifest.csv")
