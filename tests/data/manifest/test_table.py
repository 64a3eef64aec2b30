"""Manifests are read as text, whatever wrote them, and what cannot be read is refused with its place and a fix."""

from pathlib import Path

import pandas as pd
import pytest

from fundusfm.data.manifest.table import read_manifest, split_name
from fundusfm.errors import ManifestError

TEXT = "image,patient,abnormal\nimages/a.jpg,007,1\nimages/b.jpg,,\n"


def _write(folder: Path, content: str | bytes, name: str = "manifest.csv") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        TEXT.replace("\n", "\r\n"),
        TEXT.encode("utf-16"),
        TEXT.replace(",", " , "),
        TEXT + "\n\n",
        "\ufeffsep=;\r\n" + TEXT.replace(",", ";").replace("\n", "\r\n"),
        '"sep=|"\n' + TEXT.replace(",", "|"),
        '"image","patient","abnormal"\n"images/a.jpg","007","1"\n"images/b.jpg","",""\n',
        ",image,patient,abnormal\n0,images/a.jpg,007,1\n1,images/b.jpg,,\n",
    ],
    ids=[
        "plain",
        "bom",
        "semicolon",
        "tab",
        "crlf",
        "utf-16",
        "spaces",
        "blank end",
        "sep line",
        "quoted sep line",
        "quoted",
        "pandas index",
    ],
)
def test_one_table_in_many_spellings(content: str | bytes, tmp_path: Path) -> None:
    read = read_manifest(_write(tmp_path, content))
    assert read.frame.to_dict("list") == {
        "image": ["images/a.jpg", "images/b.jpg"],
        "patient": ["007", ""],
        "abnormal": ["1", ""],
    }
    assert list(read.image_paths()) == [tmp_path / "images/a.jpg", tmp_path / "images/b.jpg"]


@pytest.mark.parametrize("name", ["table.parquet", "table.data"])
def test_parquet_is_told_by_name_or_content(name: str, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "image": pd.Categorical(["a.jpg", "b.jpg", "c.jpg"]),
            "patient": [" 007", None, "8 "],
            "abnormal": [1.0, float("nan"), 0.0],
            "seen": [True, False, True],
            "age": [60, 61, 62],
        },
        index=[5, 6, 7],
    )
    table.to_parquet(tmp_path / name)
    read = read_manifest(str(tmp_path / name)).frame
    assert list(read.columns) == ["image", "patient", "abnormal", "seen", "age"]
    assert read["patient"].tolist() == ["007", "", "8"]
    assert [cell and float(cell) for cell in read["abnormal"]] == [1.0, "", 0.0]
    assert read["seen"].tolist() == ["1", "0", "1"]
    assert read["age"].tolist() == ["60", "61", "62"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("image,patient\n", "holds no rows"),
        ("Images,patient\na.jpg,1\n", "rename `Images` to `image`"),
        ("imag,patient\na.jpg,1\n", "rename `imag` to `image`"),
        ("x,y\na.jpg,1\n", "name the column that holds the files' paths `image`"),
        ("image,grade,grade\na.jpg,1,2\n", "names `grade` more than once"),
        ("image,grade\na.jpg,1\n\nb.jpg,2\n", "row 3: the row is blank"),
        ("image,grade\na.jpg,1\nb.jpg,2,3\n", "row 3: 3 cells, but the header has 2"),
        ("image,grade\na.jpg\n", "row 2: 1 cells, but the header has 2"),
        ('image,grade\n"a.jpg,1\n', "not valid CSV"),
        ("image,name\na.jpg,Müller\n".encode("latin-1"), "line 2: byte 0xfc is not UTF-8"),
        (b"image,name\na.jpg,\0\n", "NUL bytes"),
        (b"PAR1 and then nothing", "cannot be read as Parquet"),
    ],
)
def test_refusal_says_where_and_what_to_do(content: str | bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"manifest\.csv") as error:
        read_manifest(_write(tmp_path, content))
    assert says in str(error.value)


def test_parquet_column_that_is_no_cell(tmp_path: Path) -> None:
    pd.DataFrame({"image": ["a.jpg"], "box": [[1, 2]]}).to_parquet(tmp_path / "m.parquet")
    with pytest.raises(ManifestError, match="column `box`"):
        read_manifest(str(tmp_path / "m.parquet"))


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no manifest at"):
        read_manifest(str(tmp_path / "absent.csv"))
    _write(tmp_path, TEXT)
    with pytest.raises(ManifestError, match=r"is a folder.*manifest\.csv"):
        read_manifest(str(tmp_path))


def test_windows_separators_and_absolute_paths(tmp_path: Path) -> None:
    read = read_manifest(_write(tmp_path, "image\nimages\\a.jpg\n/elsewhere/b.jpg\n"))
    assert list(read.image_paths()) == [tmp_path / "images" / "a.jpg", Path("/elsewhere/b.jpg")]


def test_name_is_given_or_the_dataset_or_the_file_or_of_a_manifest_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    folder.mkdir()
    plain = _write(folder, TEXT)
    assert read_manifest(plain).name == "clinic"
    assert read_manifest(f"mine={plain}").name == "mine"
    constant = _write(folder, "image,dataset\na.jpg,odir\nb.jpg,odir\n", "constant.csv")
    assert read_manifest(constant).name == "odir"
    mixed = _write(folder, "image,dataset\na.jpg,odir\nb.jpg,palm\n", "eyes.csv")
    assert read_manifest(mixed).name == "eyes"


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("a/b.csv", (None, "a/b.csv")),
        ("x=a/b.csv", ("x", "a/b.csv")),
        ("x=a=b.csv", ("x", "a=b.csv")),
        ("a/part=1/b.csv", (None, "a/part=1/b.csv")),
        ("s3://bucket/store?version=3", (None, "s3://bucket/store?version=3")),
        ("x=s3://bucket/store", ("x", "s3://bucket/store")),
    ],
)
def test_split_name(source: str, parts: tuple[str | None, str]) -> None:
    assert split_name(source) == parts


def test_existing_file_with_an_equals_sign_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path, TEXT, "a=b.csv")
    assert split_name("a=b.csv") == (None, "a=b.csv")


def test_row_numbers_do_not_count_the_line_that_names_the_separator(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="row 3: 3 cells"):
        read_manifest(_write(tmp_path, "sep=;\nimage;patient\na.jpg;7\nb.jpg;7;8\n"))


def test_a_file_name_is_the_image_and_age_is_not(tmp_path: Path) -> None:
    read = read_manifest(_write(tmp_path, "Age,File name,OD/OS\n60,a.jpg,OS\n"))
    assert read.frame[["image", "eye"]].to_dict("records") == [{"image": "a.jpg", "eye": "left"}]
    with pytest.raises(ManifestError, match="name the column that holds the files' paths `image`"):
        read_manifest(_write(tmp_path, "Age,Sex\n60,f\n"))


def test_aliases_and_declared_words(tmp_path: Path) -> None:
    read = read_manifest(_write(tmp_path, "Image,Patient ID,Eye\na.jpg,NA,OD\n"), missing=["na"])
    assert read.frame[["image", "patient", "eye"]].to_dict("records") == [
        {"image": "a.jpg", "patient": "", "eye": "right"}
    ]
    assert read.taken == {"image": "Image", "patient": "Patient ID", "eye": "Eye"}


def test_a_drive_of_windows_is_no_folder_of_the_manifest(tmp_path: Path) -> None:
    read = read_manifest(_write(tmp_path, "image\nD:\\x\\a.jpg\n"))
    assert list(read.image_paths()) == [Path("D:/x/a.jpg")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "EMPTY"),
        ("image,patient\n", "EMPTY"),
        ("name\na.jpg\n", "COLUMN"),
        ("image,image\na,b\n", "DUPLICATE"),
        ("image,patient\na\n", "ROW"),
        ("image\na.jpg\n\nb.jpg\n", "ROW"),
        (b"image\nM\xfcller.jpg\n", "ENCODING"),
        ('image\n"a.jpg\n', "FORMAT"),
        (b"PAR1 cut", "FORMAT"),
    ],
)
def test_refusals_have_codes(content: str | bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as error:
        read_manifest(_write(tmp_path, content))
    assert error.value.code == f"E-MANIFEST-{code}"


def test_separators_and_marks_of_other_programs(tmp_path: Path) -> None:
    for text in ("image|patient\na.jpg|7\n", "\ufeff\ufeffimage;patient\na.jpg;7\n"):
        read = read_manifest(_write(tmp_path, text))
        assert read.frame[["image", "patient"]].to_dict("records") == [{"image": "a.jpg", "patient": "7"}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old kind .* save it as .xlsx"),
        (b"\x1f\x8b\x08", "compressed; unpack it"),
        (b"Export of May;;\nimage;patient;dx\na.jpg;7;1\n", "delete a title that stands above the header"),
        (b"May,,\nClinic,,\nImage,patient,dx\na.jpg,7,1\n", "the header is in row 3"),
        (b";;\nimage;patient;dx\na.jpg;7;1\n", "row 1: the row is blank; delete the rows above"),
    ],
)
def test_files_that_are_no_manifest_say_what_they_are(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "m.csv").write_bytes(content)
    with pytest.raises(ManifestError, match=words):
        read_manifest(str(tmp_path / "m.csv"))
