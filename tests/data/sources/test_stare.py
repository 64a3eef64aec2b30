"""STARE in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    pictures(root / "stare-images", ["im0001.ppm", "im0324.ppm"])
    pictures(root / "labels-ah", ["im0001.ah.ppm", "im0324.ah.ppm"], mask=True)
    pictures(root / "labels-vk", ["im0001.vk.ppm", "im0324.vk.ppm"], mask=True)
    return root


def test_observers(tmp_path: Path) -> None:
    frame = imported("stare", _miniature(tmp_path / "stare"), tmp_path / "manifest.csv")
    row = frame.loc["im0324.ppm"]
    assert row["vessels"] == "stare/labels-ah/im0324.ah.ppm"
    assert row["second_observer"] == "stare/labels-vk/im0324.vk.ppm"
    assert row["fov"] == ""
    assert "part" not in frame


def test_all_archives_unpacked_into_one_folder(tmp_path: Path) -> None:
    root = tmp_path / "stare"
    picture(root / "im0001.ppm")
    pictures(root, ["im0001.ah.ppm", "im0001.vk.ppm"], mask=True)
    frame = imported("stare", root, tmp_path / "manifest.csv")
    assert frame["vessels"].tolist() == ["stare/im0001.ah.ppm"]
    assert frame["second_observer"].tolist() == ["stare/im0001.vk.ppm"]


def test_a_copy_with_one_mask_folder_and_resized_files(tmp_path: Path) -> None:
    root = tmp_path / "stare"
    pictures(root / "images", ["im0001.ppm", "im0001.ppm.png"])
    pictures(root / "masks", ["im0001.ah.ppm", "im0001.ah.ppm.png", "im0001.vk.ppm"], mask=True)
    frame = imported("stare", root, tmp_path / "manifest.csv")
    assert frame["vessels"].to_dict() == {"im0001.ppm": "stare/masks/im0001.ah.ppm"}
    assert frame["second_observer"].tolist() == ["stare/masks/im0001.vk.ppm"]


def test_the_second_observer_is_optional(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "stare")
    for path in (root / "labels-vk").iterdir():
        path.unlink()
    (root / "labels-vk").rmdir()
    assert imported("stare", root, tmp_path / "manifest.csv")["second_observer"].tolist() == ["", ""]


def test_packed_files_are_told(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "stare")
    for path in (root / "stare-images").iterdir():
        path.rename(path.with_name(path.name + ".gz"))
    with pytest.raises(SourceError, match=r"still packed .*gunzip"):
        imported("stare", root, tmp_path / "manifest.csv")


def test_drawings_are_needed(tmp_path: Path) -> None:
    picture(tmp_path / "stare-images/im0001.ppm")
    with pytest.raises(SourceError, match="no folder `labels-ah`"):
        imported("stare", tmp_path, tmp_path / "manifest.csv")
