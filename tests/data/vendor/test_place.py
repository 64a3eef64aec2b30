import io

import pytest

from fundusfm.data.vendor.place import read_exactly, size_of, text_of


def test_a_part_is_read_whole_or_not_at_all() -> None:
    file = io.BytesIO(b"0123456789")
    assert read_exactly(file, 8, 2) == b"89" and size_of(file) == 10
    with pytest.raises(ValueError, match="ends after 10 bytes"):
        read_exactly(file, 8, 3)


def test_padded_text_is_plain() -> None:
    assert text_of(b"P-17\0Secret") == "P-17"
    assert text_of(b" a\x1b[31m\xffb\n") == "a[31mb"
