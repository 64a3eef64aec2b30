"""Equal files under different people or eyes are found, whatever they are called; those of one eye are no fault."""

import zipfile
from pathlib import Path

from fundusfm.data.inputs.source import Source
from fundusfm.screening.documents.copies import copies_text, find_copies


def test_equal_files_under_different_names(tmp_path: Path) -> None:
    contents = {"a_left.jpg": b"one", "a_right.jpg": b"one", "b.jpg": b"two", "c.jpg": b"one", "d.jpg": b"longer"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    sources = [Source(name, str(tmp_path / name)) for name in contents]
    assert find_copies(sources) == [[0, 1, 3]]
    assert find_copies([sources[2], sources[4], Source("gone.jpg", str(tmp_path / "gone.jpg"))]) == []


def test_copies_of_one_eye_and_frames_of_one_file_are_no_fault(tmp_path: Path) -> None:
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / name).write_bytes(b"one")
    columns = {"patient": "7", "eye": "left"}
    assert find_copies([Source(name, str(tmp_path / name), columns=columns) for name in ("1.jpg", "2.jpg")]) == []
    path = str(tmp_path / "1.jpg")
    assert find_copies([Source("1.jpg", path, frame=1), Source("1.jpg#2", path, frame=2)]) == []


def test_members_of_archives_are_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("1.jpg", b"one")
        archive.writestr("2.jpg", b"one")
    path = str(tmp_path / "a.zip")
    assert find_copies([Source(f"{path}/{name}.jpg", path, f"{name}.jpg") for name in "12"]) == []


def test_only_the_first_names_are_said() -> None:
    said = copies_text(list("abcdefg"))
    assert said == "The same photograph under different names, so at most one is right: a, b, c, d, e and 2 more."
