"""Several manifests under one selection."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import ConfigError, SelectError
from fundusfm.structures.sets import pixel_hash, read_structure_sets


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    """A manifest with parts, and one without."""
    for name, header, cells in (("one", ",part", ["training", "test"]), ("two", "", ["", ""])):
        folder = tmp_path / name
        folder.mkdir()
        lines = [f"image,vessels{header}"]
        for number, part in enumerate(cells):
            for kind in ("i", "v"):
                cv2.imwrite(str(folder / f"{kind}{number}.png"), np.full((40, 40), 90 + number, np.uint8))
            lines.append(f"i{number}.png,v{number}.png{',' + part if part else ''}")
        (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "one" / "manifest.csv", tmp_path / "two" / "manifest.csv"


def read(*paths: str, select: str | None, log: list[str] | None = None) -> dict[str, list[str]]:
    lines: list[str] = [] if log is None else log
    found = read_structure_sets(paths, select=select, need_masks=True, log=lines.append)
    return {name: [image.name for image in rows] for name, rows in found.items()}


def test_a_selection_leaves_sets_without_its_column_whole(sources: tuple[Path, Path]) -> None:
    log: list[str] = []
    found = read(*map(str, sources), select="part == 'test'", log=log)
    assert found == {"one": ["i1.png"], "two": ["i0.png", "i1.png"]}
    assert any("two" in line and "all its rows" in line for line in log)


def test_a_set_of_which_nothing_is_kept_is_left_out(sources: tuple[Path, Path]) -> None:
    assert list(read(*map(str, sources), select="part == 'other'")) == ["two"]
    with pytest.raises(SelectError):
        read(str(sources[0]), select="part == 'other'")


def test_masks_that_are_not_asked_for_are_said_to_be_ignored(sources: tuple[Path, Path]) -> None:
    table = pd.read_csv(sources[1]).assign(disc="", MA="", artery_vein="", eye="left")
    table.to_csv(sources[1], index=False)
    log: list[str] = []
    read(str(sources[1]), select=None, log=log)
    (line,) = [line for line in log if "ignored" in line]
    assert line.endswith("disc, MA, artery_vein hold masks that are not asked for, and are ignored")


def test_two_sets_of_one_name_are_refused(sources: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="name it with NAME="):
        read(str(sources[0]), str(sources[0]), select=None)
    assert list(read(str(sources[0]), f"again={sources[0]}", select=None)) == ["one", "again"]


def test_a_hash_tells_pixels_apart() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    changed = image.copy()
    changed[3, 5, 2] = 1
    names = {pixel_hash(array) for array in (image, changed, image.transpose(1, 0, 2))}
    assert len(names) == 3
    assert pixel_hash(image[:, ::-1]) == pixel_hash(image)
