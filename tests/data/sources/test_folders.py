"""One folder per class."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    pictures(root / "cataract", ["1.png", "2.jpg"])
    pictures(root / "normal" / "hospital" / "2020", ["1.png"])
    return root


def test_classes_at_any_depth(tmp_path: Path) -> None:
    frame = imported("folders", _miniature(tmp_path / "eyes"), tmp_path / "manifest.csv")
    assert frame["class"].tolist() == ["cataract", "cataract", "normal"]
    assert frame["dataset"].unique().tolist() == ["eyes"]
    assert frame["image"].tolist()[-1] == "eyes/normal/hospital/2020/1.png"
    assert "abnormal" not in frame


def test_a_wrapping_folder(tmp_path: Path) -> None:
    _miniature(tmp_path / "eyes" / "dataset")
    (tmp_path / "eyes" / "__MACOSX").mkdir()
    assert set(imported("folders", tmp_path / "eyes", tmp_path / "manifest.csv")["class"]) == {"cataract", "normal"}


def test_parts_belong_to_imagefolder(tmp_path: Path) -> None:
    _miniature(tmp_path / "eyes" / "train")
    _miniature(tmp_path / "eyes" / "test")
    with pytest.raises(SourceError, match=r"parts \(test, train\).*imagefolder"):
        imported("folders", tmp_path / "eyes", tmp_path / "manifest.csv")


def test_photographs_beside_the_classes(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "eyes")
    picture(root / "loose.png")
    with pytest.raises(SourceError, match=r"beside its class folders, such as loose\.png"):
        imported("folders", root, tmp_path / "manifest.csv")


def test_an_empty_class(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "eyes")
    (root / "glaucoma").mkdir()
    with pytest.raises(SourceError, match="glaucoma holds no photograph"):
        imported("folders", root, tmp_path / "manifest.csv")


def test_one_class_is_none(tmp_path: Path) -> None:
    pictures(tmp_path / "eyes" / "normal", ["1.png", "2.png"])
    with pytest.raises(SourceError, match="at least two, but it holds only `normal`"):
        imported("folders", tmp_path / "eyes", tmp_path / "manifest.csv")


def test_a_missing_root(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no"):
        imported("folders", tmp_path / "nothing", tmp_path / "manifest.csv")
