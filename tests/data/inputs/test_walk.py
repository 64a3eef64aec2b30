"""Folders: every file once, whatever links there are."""

import os
from collections import Counter
from pathlib import Path

import pytest

from fundusfm.data.inputs.walk import CLOSED, COMPANION, LINKED_TWICE, NO_FILE, walk


def _names(folder: Path) -> tuple[list[str], Counter[str]]:
    skipped = Counter[str]()
    return [str(path.relative_to(folder)) for path in walk(folder, skipped)], skipped


def test_links_are_followed_once_and_cycles_end(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    (root / "deep/er").mkdir(parents=True)
    elsewhere.mkdir()
    for path in (root / "b.jpg", root / "deep/er/a.jpg", elsewhere / "c.jpg"):
        path.write_bytes(b"x")
    (root / "deep/er/up").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "again.jpg").symlink_to(root / "b.jpg")
    (root / "other").symlink_to(elsewhere)
    (root / "other2").symlink_to(elsewhere)
    (root / "outside.jpg").symlink_to(tmp_path / "d.jpg")
    (tmp_path / "d.jpg").write_bytes(b"x")
    (root / "gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    names, skipped = _names(root)
    assert names == ["b.jpg", "deep/er/a.jpg", "gone.jpg", "other/c.jpg", "outside.jpg", "self"]
    assert skipped == {LINKED_TWICE: 3}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX only")
def test_what_is_no_file_is_counted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "._a.jpg").touch()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX/b.jpg").touch()
    (tmp_path / "a.jpg").touch()
    assert _names(tmp_path) == (["a.jpg"], {NO_FILE: 1, COMPANION: 2})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may open every folder")
def test_a_closed_folder_is_counted(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert _names(tmp_path) == ([], {CLOSED: 1})


def test_names_are_bytes(tmp_path: Path) -> None:
    name = os.fsdecode(b"M\xfcller.jpg")
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert _names(tmp_path)[0] == [name]
