"""HRF in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    pictures(root / "images", ["01_h.jpg", "01_dr.JPG", "01_g.jpg"])
    pictures(root / "manual1", ["01_h.tif", "01_dr.tif", "01_g.tif"], mask=True)
    pictures(root / "mask", ["01_h_mask.tif", "01_dr_mask.tif", "01_g_mask.tif"], mask=True)
    return root


def test_classes_and_masks(tmp_path: Path) -> None:
    frame = imported("hrf", _miniature(tmp_path / "HRF"), tmp_path / "manifest.csv")
    columns = ["class", "abnormal", "dr", "glaucoma"]
    assert frame.loc["01_h.jpg", columns].tolist() == ["healthy", "0", "0", "0"]
    assert frame.loc["01_dr.JPG", columns].tolist() == ["diabetic retinopathy", "1", "1", ""]
    assert frame.loc["01_g.jpg", columns].tolist() == ["glaucoma", "1", "", "1"]
    assert frame.loc["01_dr.JPG", "vessels"] == "HRF/manual1/01_dr.tif"
    assert frame.loc["01_dr.JPG", "fov"] == "HRF/mask/01_dr_mask.tif"
    assert "artery_vein" not in frame


def test_arteries_and_veins_that_are_published_apart(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "HRF")
    picture(root / "HRF_AV_GT" / "01_g_AVmanual.png")
    frame = imported("hrf", root, tmp_path / "manifest.csv")
    assert frame["artery_vein"].to_dict() == {
        "01_dr.JPG": "",
        "01_g.jpg": "HRF/HRF_AV_GT/01_g_AVmanual.png",
        "01_h.jpg": "",
    }


def test_a_photograph_without_class_is_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "HRF")
    picture(root / "images" / "1_good.JPG")
    with pytest.raises(SourceError, match=r"1_good\.JPG does not tell its class"):
        imported("hrf", root, tmp_path / "manifest.csv")


def test_vessels_are_needed(tmp_path: Path) -> None:
    picture(tmp_path / "images/01_h.jpg")
    with pytest.raises(SourceError, match="no folder `manual1`"):
        imported("hrf", tmp_path, tmp_path / "manifest.csv")
