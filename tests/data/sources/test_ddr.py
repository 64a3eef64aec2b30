"""DDR's grading part in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

_LISTS = {
    "train": "007-0004-000.jpg 0\n007-0007-000.jpg 1\n\n",
    "valid": "007-2685-100.jpg 3\n20170413100732332.jpg 5\n",
    "test": "007-5573-300.jpg 2",
}


def _miniature(root: Path) -> Path:
    for part, lines in _LISTS.items():
        pictures(root / "DR_grading" / part, [line.split()[0] for line in lines.splitlines() if line])
        (root / "DR_grading" / f"{part}.txt").write_text(lines, encoding="utf-8")
    pictures(root / "lesion_segmentation/train/image", ["007-0004-000.jpg"])
    return root


def test_grades_parts_and_harmonised_labels(tmp_path: Path) -> None:
    frame = imported("ddr", _miniature(tmp_path / "DDR-dataset"), tmp_path / "manifest.csv")
    columns = ["part", "quality", "dr_grade", "abnormal", "dr", "referable_dr"]
    assert frame.loc["007-0004-000.jpg", columns].tolist() == ["train", "gradable", "0", "0", "0", "0"]
    assert frame.loc["007-0007-000.jpg", columns].tolist() == ["train", "gradable", "1", "1", "1", "0"]
    assert frame.loc["007-5573-300.jpg", columns].tolist() == ["test", "gradable", "2", "1", "1", "1"]
    assert frame.loc["20170413100732332.jpg", columns].tolist() == ["valid", "ungradable", "", "", "", ""]
    assert frame.loc["007-2685-100.jpg", "image"] == "DDR-dataset/DR_grading/valid/007-2685-100.jpg"


@pytest.mark.parametrize("below", [".", "DR_grading"])
def test_the_root_may_be_a_folder_higher_or_lower(tmp_path: Path, below: str) -> None:
    _miniature(tmp_path / "download" / "DDR-dataset")
    root = tmp_path / "download" / ("DDR-dataset/DR_grading" if below == "DR_grading" else ".")
    assert len(imported("ddr", root, tmp_path / "manifest.csv")) == 5


def test_the_copy_without_parts(tmp_path: Path) -> None:
    table(tmp_path / "ddr/DR_grading.csv", ["id_code", "diagnosis"], [["007-0004-000.jpg", 0], ["b.jpg", 4]])
    pictures(tmp_path / "ddr/DR_grading/DR_grading", ["007-0004-000.jpg", "b.jpg", "not-listed.jpg"])
    frame = imported("ddr", tmp_path / "ddr", tmp_path / "manifest.csv")
    assert frame["dr_grade"].tolist() == ["0", "4"]
    assert frame["part"].tolist() == ["", ""]


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DDR-dataset")
    (root / "DR_grading" / "valid.txt").unlink()
    with pytest.raises(SourceError, match=r"no file `DR_grading/valid\.txt`"):
        imported("ddr", root, tmp_path / "manifest.csv")


def test_a_list_of_another_part_is_refused(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "DDR-dataset")
    (root / "DR_grading" / "train.txt").write_text("007-0004-000.jpg 0\n007-0007-000.jpg\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"train\.txt, line 2: '007-0007-000\.jpg' is no photograph and its grade"):
        imported("ddr", root, tmp_path / "manifest.csv")
