"""REFUGE in miniature, in the three layouts that its copies have."""

import json
from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures, table

from fundusfm.errors import SourceError

_COLUMNS = ["part", "class", "glaucoma_label", "glaucoma", "abnormal"]


def _tables(validation: Path, test: Path) -> None:
    header = ["ID", "ImgName", "Fovea_X", "Fovea_Y", "Glaucoma Label"]
    table(validation / "Fovea_locations.xlsx", header, [[1, "V0001.jpg", 1.5, 2.5, 1], [2, "V0002.jpg", 1.5, 2.5, 0]])
    header = ["ID", "ImgName", "Label(Glaucoma=1)", "Fovea_X", "Fovea_Y"]
    table(test / "Glaucoma_label_and_Fovea_location.xlsx", header, [[1, "T0001.jpg", 1, 1.5, 2.5]])


def _official(root: Path) -> Path:
    pictures(root / "Training400" / "Glaucoma", ["g0001.jpg"])
    pictures(root / "Training400" / "Non-Glaucoma", ["n0001.jpg"])
    picture(root / "Annotation-Training400" / "Disc_Cup_Masks" / "Glaucoma" / "g0001.bmp", mask=True)
    pictures(root / "REFUGE-Validation400", ["V0001.jpg", "V0002.jpg"])
    picture(root / "REFUGE-Validation400-GT" / "Disc_Cup_Masks" / "V0001.bmp", mask=True)
    pictures(root / "Test400", ["T0001.jpg"])
    picture(root / "REFUGE-Test-GT" / "Disc_Cup_Masks" / "G" / "T0001.bmp", mask=True)
    _tables(root / "REFUGE-Validation400-GT", root / "REFUGE-Test-GT")
    return root


def test_the_archives_of_the_challenge(tmp_path: Path) -> None:
    frame = imported("refuge", _official(tmp_path / "refuge"), tmp_path / "manifest.csv")
    assert frame.loc["g0001.jpg", _COLUMNS].tolist() == ["training", "glaucoma", "1", "1", "1"]
    assert frame.loc["n0001.jpg", _COLUMNS].tolist() == ["training", "not glaucoma", "0", "0", ""]
    assert frame.loc["V0002.jpg", _COLUMNS].tolist() == ["validation", "not glaucoma", "0", "0", ""]
    assert frame.loc["T0001.jpg", _COLUMNS].tolist() == ["test", "glaucoma", "1", "1", "1"]
    assert frame.loc["g0001.jpg", "mask_disc_cup"] == (
        "refuge/Annotation-Training400/Disc_Cup_Masks/Glaucoma/g0001.bmp"
    )
    assert frame.loc["T0001.jpg", "mask_disc_cup"] == "refuge/REFUGE-Test-GT/Disc_Cup_Masks/G/T0001.bmp"
    assert frame.loc["n0001.jpg", "mask_disc_cup"] == ""


def test_as_part_of_refuge2(tmp_path: Path) -> None:
    root = tmp_path / "REFUGE2"
    pictures(root / "Train" / "REFUGE1-train" / "Training400" / "Glaucoma", ["g0001.jpg"])
    pictures(root / "Train" / "REFUGE1-val" / "REFUGE-Validation400", ["V0001.jpg"])
    pictures(root / "Train" / "REFUGE1-test" / "Test400", ["T0001.jpg"])
    _tables(root / "Train" / "REFUGE1-val", root / "Train" / "REFUGE1-test")
    pictures(root / "Validation" / "Images", ["V0001.jpg"])  # of REFUGE2, another photograph of that name
    frame = imported("refuge", root, tmp_path / "manifest.csv")
    assert frame["glaucoma"].tolist() == ["1", "1", "1"]
    assert frame.loc["V0001.jpg", "image"] == "REFUGE2/Train/REFUGE1-val/REFUGE-Validation400/V0001.jpg"


def _indexed(root: Path) -> Path:
    for part, name in (("train", "g0001.jpg"), ("val", "V0001.jpg"), ("test", "T0001.jpg")):
        label = {} if part == "test" else {"Label": 1}
        pictures(root / part / "Images", [name])
        pictures(root / part / "Images_Cropped", [name])
        (root / part / "index.json").write_text(json.dumps({"0": {"ImgName": name, **label}}))
    picture(root / "val" / "gts" / "V0001.bmp", mask=True)
    picture(root / "val" / "Masks" / "V0001.png", mask=True)
    return root


def test_the_copy_with_an_index(tmp_path: Path) -> None:
    frame = imported("refuge", _indexed(tmp_path / "REFUGE"), tmp_path / "manifest.csv")
    assert frame["glaucoma"].tolist() == ["1", "1", ""]
    assert frame.loc["V0001.jpg", "mask_disc_cup"] == "REFUGE/val/gts/V0001.bmp"


def test_a_damaged_index_is_named(tmp_path: Path) -> None:
    root = _indexed(tmp_path / "REFUGE")
    (root / "val" / "index.json").write_text("[1, 2")
    with pytest.raises(SourceError, match=r"val/index\.json is no list of photographs"):
        imported("refuge", root, tmp_path / "manifest.csv")


def test_the_training_part_is_needed(tmp_path: Path) -> None:
    pictures(tmp_path / "Test400", ["T0001.jpg"])
    with pytest.raises(SourceError, match="no folder `Training400`"):
        imported("refuge", tmp_path, tmp_path / "manifest.csv")
