"""G1020 in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError


def _miniature(root: Path, images: str = "Images") -> Path:
    table(root / "G1020.csv", ["imageID", "binaryLabels"], [["image_0.jpg", 0], ["image_12.jpg", 1]])
    pictures(root / images, ["image_0.jpg", "image_12.jpg"])
    (root / images / "image_0.json").write_text("{}")
    return root


@pytest.mark.parametrize("images", ["Images", "Images/Images"])
def test_classes(tmp_path: Path, images: str) -> None:
    frame = imported("g1020", _miniature(tmp_path / "G1020", images), tmp_path / "manifest.csv")
    columns = ["class", "glaucoma_label", "glaucoma", "abnormal"]
    assert frame.loc["image_0.jpg", columns].tolist() == ["healthy", "0", "0", "0"]
    assert frame.loc["image_12.jpg", columns].tolist() == ["glaucoma", "1", "1", "1"]


def test_among_other_sets_of_one_archive(tmp_path: Path) -> None:
    _miniature(tmp_path / "archive" / "glaucoma" / "G1020")
    pictures(tmp_path / "archive" / "glaucoma" / "ORIGA" / "Images", ["001.jpg"])
    frame = imported("g1020", tmp_path / "archive" / "glaucoma", tmp_path / "manifest.csv")
    assert len(frame) == 2


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    pictures(tmp_path / "Images", ["image_0.jpg"])
    with pytest.raises(SourceError, match=r"no file `G1020\.csv`"):
        imported("g1020", tmp_path, tmp_path / "manifest.csv")
