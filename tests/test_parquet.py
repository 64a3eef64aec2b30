"""Parquet files: what is written is read again, here and elsewhere; damage and a full disk are said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from fundusfm import runs
from fundusfm.parquet import read_parquet, write_parquet


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": ["a", None, "Zürich"],
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "score": [0.1, np.nan, 1.0],
            "feature": np.array([1, 2, 0.1], np.float32),
            "found": [True, False, True],
            "kind": pd.Categorical(["x", "y", None]),
            "nothing": [None, None, None],
        },
        index=[5, 5, 7],
    )


def test_a_table_comes_back_and_pyarrow_reads_the_same(tmp_path: Path) -> None:
    write_parquet(tmp_path / "[a] *.parquet", _table())
    for found in (
        read_parquet(tmp_path / "[a] *.parquet"),
        read_parquet((tmp_path / "[a] *.parquet").read_bytes()),
        pq.read_table((tmp_path / "[a] *.parquet").open("rb")).to_pandas(),
    ):
        assert list(found.columns) == list(_table().columns)
        for column, expected in _table().items():
            cells = [None if pd.isna(cell) else cell for cell in found[column]]
            assert cells == [None if pd.isna(cell) else cell for cell in expected]
        assert found["feature"].dtype == np.float32 and found["found"].dtype == bool


def test_parts_make_one_table_with_the_same_bytes(tmp_path: Path) -> None:
    part = pd.DataFrame({"image": ["a", "b"], "shard": np.arange(2, dtype=np.int32)}).astype({"image": "string"})
    for name in ("one", "two"):
        write_parquet(tmp_path / name, iter([part[:0], part, part]))
    assert read_parquet(tmp_path / "one")["image"].tolist() == ["a", "b", "a", "b"]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_columns_that_differ_in_case_only_come_back(tmp_path: Path) -> None:
    table = pd.DataFrame([[1, 2, 3, 4]], columns=["DR", "dr", "it's", "dr_"])
    write_parquet(tmp_path / "t.parquet", iter([table, table]))
    found = read_parquet(tmp_path / "t.parquet")
    assert list(found.columns) == ["DR", "dr", "it's", "dr_"]
    assert found.to_numpy().tolist() == [[1, 2, 3, 4]] * 2
    table.to_parquet(tmp_path / "t.parquet")
    assert list(read_parquet(tmp_path / "t.parquet").columns) == ["DR", "dr", "it's", "dr_"]


@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", b"text " * 50])
def test_what_is_no_parquet_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        read_parquet(content)
    assert "memory" not in str(caught.value)


def test_a_full_disk_is_an_os_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        Path("/dev/full").write_bytes(content)

    monkeypatch.setattr(runs, "write_atomic", full)
    monkeypatch.setattr("fundusfm.parquet.write_atomic", full)
    with pytest.raises(OSError, match="No space"):
        write_parquet(tmp_path / "t.parquet", _table())
    assert not list(tmp_path.iterdir())
