"""Parts with one folder per class."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path, *, val: str = "b_mild") -> Path:
    for part in ("train", "val", "test"):
        pictures(root / part / "a_none", ["1.png"])
        pictures(root / part / (val if part == "val" else "b_mild"), ["1.png", "2.png"])
    return root


def test_parts_and_classes(tmp_path: Path) -> None:
    frame = imported("imagefolder", _miniature(tmp_path / "APTOS"), tmp_path / "manifest.csv")
    assert frame.groupby(["part", "class"]).size().to_dict() == {
        (part, name): count for part in ("train", "val", "test") for name, count in (("a_none", 1), ("b_mild", 2))
    }
    assert frame["dataset"].unique().tolist() == ["APTOS"]


def test_a_wrapping_folder(tmp_path: Path) -> None:
    _miniature(tmp_path / "download" / "APTOS")
    assert len(imported("imagefolder", tmp_path / "download", tmp_path / "manifest.csv")) == 9


def test_classes_that_differ_are_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "APTOS", val="B_mild")
    with pytest.raises(SourceError, match=r"`test` lacks B_mild; `train` lacks B_mild; `val` lacks b_mild"):
        imported("imagefolder", root, tmp_path / "manifest.csv")


def test_a_folder_that_is_no_part_is_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "APTOS")
    pictures(root / "extra", ["1.png"])
    with pytest.raises(SourceError, match="and no other; it holds `extra`, `test`, `train`, `val`"):
        imported("imagefolder", root, tmp_path / "manifest.csv")


def test_one_part_is_too_few(tmp_path: Path) -> None:
    pictures(tmp_path / "train" / "a", ["1.png"])
    pictures(tmp_path / "train" / "b", ["1.png"])
    with pytest.raises(SourceError, match="`train`, `val` and `test`"):
        imported("imagefolder", tmp_path, tmp_path / "manifest.csv")
