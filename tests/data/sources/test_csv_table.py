"""Any table that names photographs."""

from pathlib import Path

import pandas as pd
import pytest
from tests.data.sources.miniature import imported, picture, pictures, table

from fundusfm.errors import SourceError


def _photographs(root: Path) -> Path:
    pictures(root / "photos", ["a1.png", "a2.png", "b1.JPG"])
    return root


def _imported(root: Path, tmp_path: Path) -> pd.DataFrame:
    return imported("csv", root, tmp_path / "manifest.csv")


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("image", ["a1.png", "a2.png", "b1.JPG"]),
        ("id_code", ["a1", "a2", "b1"]),
        ("Picture of the eye", ["photos/a1.png", "photos\\a2.png", "./photos/b1.jpg"]),
        ("File Name", ["A1.jpeg", "A2.jpeg", "B1.jpeg"]),
    ],
)
def test_the_column_is_found(tmp_path: Path, column: str, names: list[str]) -> None:
    root = _photographs(tmp_path / "clinic")
    table(root / "labels.csv", ["patient", column, "dr_grade"], [[1, names[0], 0], [1, names[1], 2], [2, names[2], ""]])
    frame = _imported(root, tmp_path)
    assert frame.index.tolist() == ["a1.png", "a2.png", "b1.JPG"]
    assert frame.columns.tolist() == ["image", "dataset", "patient", "dr_grade"]
    assert frame["dr_grade"].tolist() == ["0", "2", ""]
    assert frame["dataset"].unique().tolist() == ["clinic"]


def test_the_root_may_be_the_table(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    table(root / "other.csv", ["image"], [["a1"]])
    table(root / "table.xlsx", ["image", "dataset"], [["a2", "north"], ["b1", "south"]])
    frame = _imported(root / "table.xlsx", tmp_path)
    assert frame["dataset"].to_dict() == {"a2.png": "north", "b1.JPG": "south"}


def test_the_index_that_pandas_writes_is_left_out(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    pd.DataFrame({"image": ["a1", "a2"], "note": ["x", "y"]}).to_csv(root / "table.csv")
    assert _imported(root, tmp_path).columns.tolist() == ["image", "dataset", "note"]


def test_absolute_paths(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    elsewhere = picture(tmp_path / "elsewhere" / "c1.png")
    table(root / "table.csv", ["image"], [[root / "photos" / "a1.png"], [elsewhere]])
    assert _imported(root, tmp_path)["image"].tolist() == ["clinic/photos/a1.png", "elsewhere/c1.png"]


def test_masks_are_found_too(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    pictures(root / "drawn", ["a1_v.png", "a2_v.png"], mask=True)
    table(root / "table.csv", ["image", "vessels"], [["a1", "a1_v"], ["a2", "drawn/a2_v.png"], ["b1", ""]])
    assert _imported(root, tmp_path)["vessels"].tolist() == ["clinic/drawn/a1_v.png", "clinic/drawn/a2_v.png", ""]


def test_the_table_belongs_to_its_folders_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = _photographs(tmp_path / "clinic")
    table(root / "labels.csv", ["image"], [["a1"]])
    assert _imported(root / "labels.csv", tmp_path)["dataset"].tolist() == ["clinic"]
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'manifest.csv'}: 1 photographs of clinic",
        f"Next: fundusfm data check {tmp_path / 'manifest.csv'} --labels COLUMN",
    ]


def test_another_column_called_image_is_kept(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    table(root / "table.csv", ["image", "path"], [["first", "a1"], ["second", "a2"]])
    assert _imported(root, tmp_path)["image_original"].tolist() == ["first", "second"]


def test_folders_tell_files_of_the_same_name_apart(tmp_path: Path) -> None:
    for eye in ("left", "right"):
        picture(tmp_path / "clinic" / eye / "1.png")
    table(tmp_path / "clinic" / "table.csv", ["image"], [["left/1"], ["right/1.png"]])
    assert _imported(tmp_path / "clinic", tmp_path)["image"].tolist() == ["clinic/left/1.png", "clinic/right/1.png"]
    table(tmp_path / "clinic" / "table.csv", ["image"], [["left/1"], ["1.png"]])
    (tmp_path / "manifest.csv").unlink()
    with pytest.raises(SourceError, match=r"row 3: `1\.png` may be .*left/1\.png or .*right/1\.png"):
        _imported(tmp_path / "clinic", tmp_path)


def test_suffixes_tell_files_of_the_same_name_apart(tmp_path: Path) -> None:
    pictures(tmp_path / "clinic", ["1.png", "1.jpg"])
    table(tmp_path / "clinic" / "table.csv", ["image"], [["1.png"]])
    assert _imported(tmp_path / "clinic", tmp_path)["image"].tolist() == ["clinic/1.png"]


def test_the_columns_that_were_tried_are_listed(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    table(root / "table.csv", ["id", "grade"], [["x", 0]])
    with pytest.raises(SourceError, match=r"names files below .*clinic, with or without suffix; tried id, grade$"):
        _imported(root, tmp_path)


def test_two_columns_of_photographs(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    table(root / "table.csv", ["left", "right"], [["a1", "a2"]])
    with pytest.raises(SourceError, match="names files in left and right; rename"):
        _imported(root, tmp_path)


def test_missing_photographs_are_refused_or_left_out(tmp_path: Path) -> None:
    root = _photographs(tmp_path / "clinic")
    table(root / "table.csv", ["image"], [["a1.png"], ["gone.png"], ["a2.png"]])
    with pytest.raises(SourceError, match=r"1 of 3 photographs .* such as gone\.png"):
        _imported(root, tmp_path)
    assert len(imported("csv", root, tmp_path / "manifest.csv", partial=True)) == 2


@pytest.mark.parametrize(
    ("names", "columns", "rows", "sentence"),
    [
        (["a.csv", "b.csv"], ["image"], [["a1"]], r"one table .* it holds a\.csv, b\.csv; give the table itself"),
        ([], ["image"], [["a1"]], "it holds none"),
        (["a.csv"], ["image", "grade", "grade"], [["a1", 1, 2]], "more than one column grade"),
        (["a.csv"], ["image", "grade"], [["a1", 1], ["", 2], ["a2", 2]], "row 3: column `image` names no photograph"),
    ],
)
def test_tables_that_cannot_be_read(
    tmp_path: Path, names: list[str], columns: list[str], rows: list[list[object]], sentence: str
) -> None:
    root = _photographs(tmp_path / "clinic")
    for name in names:
        table(root / name, columns, rows)
    with pytest.raises(SourceError, match=sentence):
        _imported(root, tmp_path)


def test_a_missing_root(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no .*table\.csv"):
        _imported(tmp_path / "table.csv", tmp_path)
