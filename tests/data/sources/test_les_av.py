"""LES-AV in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures, table

from fundusfm.errors import SourceError

_COLUMNS = ["Diagnosis5", "Identifier", "SEX (0=female)", "Age", "eye", "SBP", "DBP", "HR", "IOP"]


def _miniature(root: Path) -> Path:
    pictures(root / "images", ["111.png", "275.png", "276.png"])
    pictures(root / "vessel-segmentations", ["111.png", "275.png", "276.png"], mask=True)
    pictures(root / "masks", ["111_mask.gif", "275_mask.gif", "276_mask.gif"], mask=True)
    pictures(root / "arteries-and-veins", ["111.png", "275.png", "276.png"])
    return root


def test_clinical_table(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "LES-AV")
    rows = [
        ["Normal", 111, 0, 61, "OD", 120, 80, 60, 14],
        ["normal tension glaucoma", 275, 1, 70, "OS", 130, 85, 62, 12],
        ["undecided", 276, 1, 70, "OS", 130, 85, 62, 12],
    ]
    table(root / "Data.xlsx", _COLUMNS, rows)
    frame = imported("les_av", root, tmp_path / "manifest.csv")
    columns = ["class", "glaucoma", "abnormal", "eye", "sex", "age", "intraocular_pressure"]
    assert frame.loc["111.png", columns].tolist() == ["healthy", "0", "0", "right", "female", "61", "14"]
    assert frame.loc["275.png", columns].tolist() == ["glaucoma", "1", "1", "left", "male", "70", "12"]
    assert frame.loc["276.png", ["diagnosis", "class", "glaucoma"]].tolist() == ["undecided", "", ""]


def test_masks(tmp_path: Path) -> None:
    frame = imported("les_av", _miniature(tmp_path / "LES-AV"), tmp_path / "manifest.csv")
    row = frame.loc["275.png"]
    assert row["vessels"] == "LES-AV/vessel-segmentations/275.png"
    assert row["fov"] == "LES-AV/masks/275_mask.gif"
    assert row["artery_vein"] == "LES-AV/arteries-and-veins/275.png"
    assert row[["second_observer", "class", "age", "glaucoma"]].tolist() == [""] * 4


def test_vessels_are_needed(tmp_path: Path) -> None:
    picture(tmp_path / "images/111.png")
    with pytest.raises(SourceError, match="no folder `vessel-segmentations`"):
        imported("les_av", tmp_path, tmp_path / "manifest.csv")
