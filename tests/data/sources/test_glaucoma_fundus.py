"""The glaucoma set of Kim's Eye Hospital in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.errors import SourceError

_COLUMNS = ["part", "class", "glaucoma", "abnormal"]


def test_as_published(tmp_path: Path) -> None:
    for name in ("normal_control", "early_glaucoma", "advanced_glaucoma"):
        pictures(tmp_path / "data" / name, ["1.png", "2.png"])
    frame = imported("glaucoma_fundus", tmp_path / "data", tmp_path / "manifest.csv")
    rows = frame[_COLUMNS].to_numpy().tolist()
    assert rows[::2] == [
        ["", "normal control", "0", "0"],
        ["", "early glaucoma", "1", "1"],
        ["", "advanced glaucoma", "1", "1"],
    ]


def test_in_the_parts_of_a_benchmark(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        for name in ("anormal_control", "bearly_glaucoma", "cadvanced_glaucoma"):
            pictures(tmp_path / "data" / "Glaucoma_fundus" / part / name, [f"{part}_{name[0]}.png"])
    frame = imported("glaucoma_fundus", tmp_path / "data", tmp_path / "manifest.csv")
    assert frame.loc["val_b.png", _COLUMNS].tolist() == ["val", "early glaucoma", "1", "1"]
    assert frame["part"].value_counts().to_dict() == {"train": 3, "val": 3, "test": 3}


def test_a_missing_class_is_named(tmp_path: Path) -> None:
    pictures(tmp_path / "normal_control", ["1.png"])
    with pytest.raises(SourceError, match="no folder `early_glaucoma`"):
        imported("glaucoma_fundus", tmp_path, tmp_path / "manifest.csv")
