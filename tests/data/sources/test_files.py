"""Finding folders, files, photographs and reading tables of public data sets."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.data.sources.miniature import picture, pictures, table

from fundusfm.data.sources.files import (
    by_stem,
    find_file,
    find_folder,
    holds_paths,
    located,
    need_file,
    need_folder,
    paired,
    photographs,
    read_table,
)
from fundusfm.errors import SourceError


class TestFolders:
    def test_case_does_not_matter(self, tmp_path: Path) -> None:
        (tmp_path / "Training" / "IMAGES").mkdir(parents=True)
        assert need_folder(tmp_path, "training/images") == tmp_path / "Training" / "IMAGES"

    def test_one_wrapping_folder_is_looked_through_and_two_are_not(self, tmp_path: Path) -> None:
        (tmp_path / "download" / "set" / "images").mkdir(parents=True)
        assert need_folder(tmp_path / "download", "images").name == "images"
        assert find_folder(tmp_path, "images") is None

    def test_the_root_comes_before_what_it_wraps_and_earlier_names_before_later(self, tmp_path: Path) -> None:
        for name in ("a/images", "images", "photos"):
            (tmp_path / name).mkdir(parents=True)
        assert need_folder(tmp_path, "photos", "images") == tmp_path / "photos"
        assert need_folder(tmp_path, "images") == tmp_path / "images"

    def test_all_spellings_of_a_folder_are_tried(self, tmp_path: Path) -> None:
        (tmp_path / "TRAIN").mkdir()
        (tmp_path / "train" / "images").mkdir(parents=True)
        assert need_folder(tmp_path, "train/images") == tmp_path / "train" / "images"

    def test_what_macos_and_hidden_folders_wrap_is_not_looked_through(self, tmp_path: Path) -> None:
        for name in ("__MACOSX/images", ".trash/images"):
            (tmp_path / name).mkdir(parents=True)
        assert find_folder(tmp_path, "images") is None

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "images").write_text("")
        assert find_folder(tmp_path, "images") is None
        assert find_file(tmp_path, "IMAGES") == tmp_path / "images"

    def test_the_error_names_what_was_expected_and_what_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "scans").mkdir()
        (tmp_path / "readme.txt").write_text("")
        with pytest.raises(SourceError, match=r"no folder `images` or `photos`; it holds readme\.txt, scans/$"):
            need_folder(tmp_path, "images", "photos")
        with pytest.raises(SourceError, match=r"no file `train\.csv`"):
            need_file(tmp_path, "train.csv")

    def test_a_long_folder_is_cut_short(self, tmp_path: Path) -> None:
        for number in range(11):
            (tmp_path / f"{number:02}.txt").write_text("")
        with pytest.raises(SourceError, match=r"07\.txt and 3 more$"):
            need_folder(tmp_path, "images")

    def test_an_empty_and_a_missing_root(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="it holds nothing"):
            need_folder(tmp_path, "images")
        with pytest.raises(SourceError, match="There is no folder"):
            find_file(tmp_path / "missing", "train.csv")


class TestPhotographs:
    def test_only_images_sorted_without_hidden_ones(self, tmp_path: Path) -> None:
        pictures(tmp_path, ["b.JPG", "a.png"])
        for name in ("._a.png", "notes.txt", "Thumbs.db"):
            (tmp_path / name).write_text("")
        (tmp_path / "folder.png").mkdir()
        assert [path.name for path in photographs(tmp_path)] == ["a.png", "b.JPG"]

    def test_below_only_when_asked(self, tmp_path: Path) -> None:
        picture(tmp_path / "deep" / "er" / "a.png")
        (tmp_path / "__MACOSX").mkdir()
        (tmp_path / "__MACOSX" / "a.png").write_text("")
        assert [path.name for path in photographs(tmp_path, recursive=True)] == ["a.png"]
        with pytest.raises(SourceError, match="holds no photograph"):
            photographs(tmp_path)

    def test_a_hidden_folder_above_the_root_hides_nothing(self, tmp_path: Path) -> None:
        picture(tmp_path / ".cache" / "set" / "a.png")
        assert len(photographs(tmp_path / ".cache" / "set")) == 1


class TestNames:
    def test_stems_are_lower_case(self, tmp_path: Path) -> None:
        assert by_stem([Path("X/Image.JPG")]) == {"image": Path("X/Image.JPG")}

    def test_duplicate_stems_are_an_error(self) -> None:
        with pytest.raises(SourceError, match=r"a\.jpg and A\.png have the same name"):
            by_stem([Path("a.jpg"), Path("A.png")])

    def test_located_with_and_without_suffix(self, tmp_path: Path) -> None:
        pictures(tmp_path, ["A1.png", "b.2.jpg"])
        names = ["a1", "a1.JPG", "b.2", "b.2.jpg"]
        assert [Path(path).name for path in located(tmp_path, names)] == ["A1.png", "A1.png", "b.2.jpg", "b.2.jpg"]

    def test_located_names_missing_files_as_published(self, tmp_path: Path) -> None:
        assert located(tmp_path, ["x", "y.tif"], suffix=".png") == [str(tmp_path / "x.png"), str(tmp_path / "y.tif")]

    def test_located_is_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        picture(tmp_path / "images" / "a.png")
        monkeypatch.chdir(tmp_path)
        assert located(Path("images"), ["a", "b"]) == [
            str(tmp_path / "images" / "a.png"),
            str(tmp_path / "images" / "b.jpg"),
        ]

    def test_paired(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pictures(tmp_path / "masks", ["01_H_mask.tif"], mask=True)
        monkeypatch.chdir(tmp_path)
        expected = [str(tmp_path / "masks" / "01_H_mask.tif"), ""]
        assert paired(Path("masks"), ["01_h", "02_h"], ending="_Mask") == expected
        assert paired(None, ["01_h", "02_h"]) == ["", ""]

    def test_path_columns(self) -> None:
        columns = ("image", "vessels", "fov", "second_observer", "mask_optic_disc", "class", "images")
        assert [holds_paths(column, []) for column in columns] == [True] * 5 + [False] * 2
        assert holds_paths("SE", ["", "se/1.png"]) and not holds_paths("SE", ["", "1", "0"])


class TestTables:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_delimiters(self, tmp_path: Path, delimiter: str) -> None:
        path = tmp_path / "table.csv"
        path.write_text(f"id{delimiter}dr grade\n1{delimiter}0\n", encoding="utf-8")
        assert read_table(path, ["id", "dr grade"]).to_numpy().tolist() == [["1", "0"]]

    def test_commas_in_names_of_a_table_with_semicolons(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text('"age, years";"sex (f, m, d)"\n61;f\n', encoding="utf-8")
        assert read_table(path).columns.tolist() == ["age, years", "sex (f, m, d)"]

    def test_quotes_out_of_place(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text('id,note\n1,"drusen" few\n2,a 3" scar\n', encoding="utf-8")
        assert read_table(path)["note"].tolist() == ["drusen few", 'a 3" scar']

    def test_one_column(self, tmp_path: Path) -> None:
        (tmp_path / "table.csv").write_text("id\n1\n2, 3\n", encoding="utf-8")
        assert read_table(tmp_path / "table.csv", ["id"])["id"].tolist() == ["1", "2"]

    def test_windows_text_and_byte_order_mark(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes("name\nMüller–Ågren\n".encode("cp1252"))
        (tmp_path / "b.csv").write_bytes("name\nMüller–Ågren\n".encode("utf-8-sig"))
        assert read_table(tmp_path / "a.csv").equals(read_table(tmp_path / "b.csv", ["name"]))

    def test_every_cell_stays_text(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("id,grade,note\n007,1.0,NA\n008,,None\n", encoding="utf-8")
        assert read_table(path).to_numpy().tolist() == [["007", "1.0", "NA"], ["008", "", "None"]]

    def test_ragged_and_empty_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text(" id , grade \r\n1,2,,,\r\n\r\n3\r\n,,\r\n", encoding="utf-8", newline="")
        assert read_table(path, ["id", "grade"]).to_numpy().tolist() == [["1", "2"], ["3", ""]]

    def test_header_below_a_title(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("Messidor, all\nid;grade\n1;2\n", encoding="utf-8")
        assert read_table(path, ["id", "grade"], header=1).to_numpy().tolist() == [["1", "2"]]

    def test_what_other_copies_call_a_column(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("id_code , grade\na,1\n", encoding="utf-8")
        frame = read_table(path, ["id", "grade"], also={"id_code": "id", "level": "grade"})
        assert frame.columns.tolist() == ["id", "grade"]
        with pytest.raises(SourceError, match="no column `eye`; it has id, grade"):
            read_table(path, ["eye"], also={"id_code": "id"})

    def test_excel(self, tmp_path: Path) -> None:
        path = table(tmp_path / "table.xlsx", ["ID ", "Age"], [["a1", 61], ["a2", None], [None, None]])
        assert read_table(path, ["ID", "Age"]).to_numpy().tolist() == [["a1", "61"], ["a2", ""]]

    def test_excel_sheets(self, tmp_path: Path) -> None:
        path = tmp_path / "book.xlsx"
        with pd.ExcelWriter(path) as book:
            pd.DataFrame({"a": ["1"]}).to_excel(book, sheet_name="Train", index=False)
            pd.DataFrame({"b": ["2"]}).to_excel(book, sheet_name="Test", index=False)
        assert read_table(path, ["b"], sheet="Test").to_numpy().tolist() == [["2"]]
        with pytest.raises(SourceError, match=r"cannot be read as a table.*Other"):
            read_table(path, sheet="Other")

    def test_a_missing_column_is_named(self, tmp_path: Path) -> None:
        path = table(tmp_path / "table.csv", ["id", "level"], [[1, 2]])
        with pytest.raises(SourceError, match="no column `grade`; it has id, level, so it may be another version"):
            read_table(path, ["id", "grade"])

    @pytest.mark.parametrize(
        ("name", "content"),
        [("missing.csv", None), ("empty.csv", b""), ("blank.csv", b"\n , \n"), ("nul.csv", b"a,b\n\0\0,1\n"),
         ("web.xlsx", b"<html>"), ("picture.csv", b"\x89PNG\x81\x00")],
    )  # fmt: skip
    def test_what_is_no_table(self, tmp_path: Path, name: str, content: bytes | None) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=f"{name} cannot be read as a table"):
            read_table(tmp_path / name)

    def test_a_table_shorter_than_its_header(self, tmp_path: Path) -> None:
        (tmp_path / "table.csv").write_text("title\n", encoding="utf-8")
        with pytest.raises(SourceError, match="it is empty"):
            read_table(tmp_path / "table.csv", header=1)


_TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


@given(
    names=st.lists(_TEXT, min_size=2, max_size=5, unique=True),
    data=st.data(),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_any_table_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    data: st.DataObject,
    delimiter: str,
    encoding: str,
    ends: str,
) -> None:
    cells = st.lists(_TEXT | st.just(""), min_size=len(names), max_size=len(names)).filter(any)
    rows = data.draw(st.lists(cells, max_size=4))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=ends).writerows([names, *rows])
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    frame = read_table(path, names)
    assert frame.columns.tolist() == names
    assert frame.to_numpy().tolist() == rows
