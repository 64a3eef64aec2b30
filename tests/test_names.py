"""Any name can be shown and written."""

import os
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from fundusfm.names import file_name, shown


@given(st.binary(max_size=300))
def test_shown_names_are_text_of_one_line(raw: bytes) -> None:
    text = shown(os.fsdecode(raw))
    assert text.encode().decode() == text
    assert not any(sign in text for sign in "\n\r\x1b\0\u202e")


def test_ordinary_names_stay() -> None:
    for name in ("a b.jpg", "Müller_links.jpg", "右眼.png", "x/y z.tif"):
        assert shown(name) == name
    assert shown(os.fsdecode(b"M\xfcller.jpg")) == "M\\xfcller.jpg"
    assert shown("a\x1b[31mb\nc") == "a\\x1b[31mb\\x0ac"
    assert shown("\ud800") == "\\ud800", "half a character, as JSON may hold it"


@given(st.text(max_size=300))
@example("")
@example("..")
@example("site/camera")
@example("ü" * 200)
def test_file_names_are_short_and_harmless(text: str) -> None:
    name = file_name(text)
    assert 0 < len(name.encode()) <= 80
    assert Path(name).name == name and name not in (".", "..")


def test_different_texts_have_different_file_names() -> None:
    texts = ["a/b", "a_b", "a:b", "x" * 300, "x" * 301, " a", "a"]
    assert len({file_name(text) for text in texts}) == len(texts)
    assert file_name("a_b") == "a_b"
    assert file_name("DR: mild").startswith("DR_ mild-")


def test_no_file_has_the_name_of_a_windows_device() -> None:
    assert all(file_name(name).startswith("_") for name in ("con", "NUL.jpg", "Com1", "lpt9.left"))
    assert [file_name(name) for name in ("con2", "console", "left.con")] == ["con2", "console", "left.con"]
