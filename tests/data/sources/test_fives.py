"""FIVES in miniature."""

from pathlib import Path

import pandas as pd
import pytest
from tests.data.sources.miniature import imported, picture, pictures

from fundusfm.errors import SourceError

_NAMES = {"train": ["1_A.png", "2_D.png"], "test": ["1_A.png", "2_G.png", "3_N.png"]}


def _miniature(root: Path) -> Path:
    for part, names in _NAMES.items():
        pictures(root / part / "Original", names)
        pictures(root / part / "Ground truth", names, mask=True)
    (root / "train" / "Original" / "Thumbs.db").write_bytes(b"made by Windows")
    return root


def test_classes_and_parts(tmp_path: Path) -> None:
    frame = imported("fives", _miniature(tmp_path / "FIVES"), tmp_path / "manifest.csv")
    assert frame["part"].tolist() == ["train"] * 2 + ["test"] * 3
    columns = ["class", "abnormal", "amd", "dr", "glaucoma"]
    assert frame.loc["3_N.png", columns].tolist() == ["normal", "0", "0", "0", "0"]
    assert frame.loc["2_D.png", columns].tolist() == ["diabetic retinopathy", "1", "", "1", ""]
    assert frame.loc["2_G.png", columns].tolist() == ["glaucoma", "1", "", "", "1"]
    assert set(frame.loc["1_A.png", "amd"]) == {"1"}
    assert set(frame["quality_blur"]) == {""}
    assert frame.loc["1_A.png", "vessels"].tolist() == [
        "FIVES/train/Ground truth/1_A.png",
        "FIVES/test/Ground truth/1_A.png",
    ]


def test_quality_of_each_part(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "FIVES")
    with pd.ExcelWriter(root / "Quality Assessment.xlsx") as book:
        columns = ["Disease", "Number", "IC", "Blur", "LC"]
        pd.DataFrame([["A", 1, 1, 0, 1]], columns=columns).to_excel(book, sheet_name="Train", index=False)
        pd.DataFrame([["A", 1, 0, 1, 1], ["N", 3, 1, 1, 0]], columns=columns).to_excel(
            book, sheet_name="Test", index=False
        )
    frame = imported("fives", root, tmp_path / "manifest.csv")
    quality = frame[["quality_illumination", "quality_blur", "quality_contrast"]]
    assert quality.to_numpy().tolist() == [list("101"), [""] * 3, list("011"), [""] * 3, list("110")]


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    pictures(tmp_path / "train" / "Original", ["1_A.png"])
    pictures(tmp_path / "train" / "Ground truth", ["1_A.png"], mask=True)
    with pytest.raises(SourceError, match="no folder `test/Original`"):
        imported("fives", tmp_path, tmp_path / "manifest.csv")


def test_a_photograph_without_class_is_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "FIVES")
    picture(root / "train" / "Original" / "1_X.png")
    with pytest.raises(SourceError, match=r"1_X\.png does not tell its class"):
        imported("fives", root, tmp_path / "manifest.csv")
