"""IDRiD's segmentation part in miniature."""

import shutil
from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.errors import SourceError

_KINDS = {"MA": "1. Microaneurysms", "HE": "2. Haemorrhages", "EX": "3. Hard Exudates", "OD": "5. Optic Disc"}
_MASKS = "2. All Segmentation Groundtruths"


def _miniature(root: Path) -> Path:
    for part, names in {"a. Training Set": ["IDRiD_01", "IDRiD_02"], "b. Testing Set": ["IDRiD_55"]}.items():
        pictures(root / "1. Original Images" / part, [f"{name}.jpg" for name in names])
        for code, folder in _KINDS.items():
            pictures(root / _MASKS / part / folder, [f"{name}_{code}.tif" for name in names], mask=True)
        pictures(root / _MASKS / part / "4. Soft Exudates", [f"{names[0]}_SE.tif"], mask=True)
    return root


def test_masks_belong_to_their_photograph(tmp_path: Path) -> None:
    root = tmp_path / "idrid"
    _miniature(root / "A. Segmentation")
    pictures(root / "B. Disease Grading/1. Original Images/a. Training Set", ["IDRiD_001.jpg"])
    frame = imported("idrid_lesions", root, tmp_path / "manifest.csv")
    assert frame["part"].tolist() == ["training", "training", "testing"]
    masks = f"idrid/A. Segmentation/{_MASKS}"
    row = frame.loc["IDRiD_01.jpg"]
    assert row["MA"] == f"{masks}/a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif"
    assert row["HE"] == f"{masks}/a. Training Set/2. Haemorrhages/IDRiD_01_HE.tif"
    assert row["EX"] == f"{masks}/a. Training Set/3. Hard Exudates/IDRiD_01_EX.tif"
    assert row["SE"] == f"{masks}/a. Training Set/4. Soft Exudates/IDRiD_01_SE.tif"
    assert frame.loc["IDRiD_55.jpg", "disc"] == f"{masks}/b. Testing Set/5. Optic Disc/IDRiD_55_OD.tif"


def test_a_photograph_without_lesions_of_a_kind_has_no_mask(tmp_path: Path) -> None:
    frame = imported("idrid_lesions", _miniature(tmp_path / "A. Segmentation"), tmp_path / "manifest.csv")
    assert frame.loc["IDRiD_02.jpg", "SE"] == "none"
    assert frame.loc["IDRiD_02.jpg", "EX"].endswith("IDRiD_02_EX.tif")


def test_a_missing_kind_is_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "A. Segmentation")
    shutil.rmtree(root / _MASKS / "a. Training Set" / "3. Hard Exudates")
    with pytest.raises(SourceError, match=r"no folder `3\. Hard Exudates`; it holds 1\. Microaneurysms/"):
        imported("idrid_lesions", root, tmp_path / "manifest.csv")


def test_the_grading_part_alone_is_refused(tmp_path: Path) -> None:
    pictures(tmp_path / "B. Disease Grading/1. Original Images/a. Training Set", ["IDRiD_001.jpg"])
    with pytest.raises(SourceError, match=r"no folder `A\. Segmentation/2\. All Segmentation Groundtruths"):
        imported("idrid_lesions", tmp_path, tmp_path / "manifest.csv")
