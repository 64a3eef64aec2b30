"""Arrays that may be computed again."""

from pathlib import Path

import numpy as np
import pytest

from fundusfm.training.arrays import read_array, write_array


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    path = tmp_path / "new" / "values.npy"
    assert read_array(path, rows=3, log_line=pytest.fail) is None
    write_array(path, values)
    np.testing.assert_array_equal(read_array(path, rows=3, log_line=pytest.fail), values)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"something else"])
def test_a_damaged_one_is_said_and_not_used(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "values.npy"
    path.write_bytes(content)
    lines: list[str] = []
    assert read_array(path, rows=3, log_line=lines.append) is None
    assert len(lines) == 1 and "is damaged" in lines[0]


def test_one_of_other_rows_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "values.npy"
    write_array(path, np.zeros((2, 2), np.float32))
    lines: list[str] = []
    assert read_array(path, rows=3, log_line=lines.append) is None
    assert "float32 with 3 rows" in lines[0]
