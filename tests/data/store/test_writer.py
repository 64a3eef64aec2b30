"""Folders are never lost, and a full disk is one sentence."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from fundusfm.commands.data import prepare
from fundusfm.data.store import writer as store_writer
from fundusfm.data.store.reader import open_store
from fundusfm.data.store.writer import StoreWriter, frame_hash
from fundusfm.errors import DecodeError, ManifestError, StoreError


def test_folders_that_are_refused(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    prepare(manifest=str(table), size=32, out=str(out), workers=1)
    with pytest.raises(StoreError, match="not empty"):
        prepare(manifest=str(table), size=32, out=str(out))
    with pytest.raises(StoreError, match="size \\(32 then, 48 now\\)"):
        prepare(manifest=str(table), size=48, out=str(out), resume=True)
    with pytest.raises(StoreError, match="manifest or --select"):
        prepare(manifest=str(table), size=32, out=str(out), select="grade=2", resume=True)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("keep me")
    for flags in ({"overwrite": True}, {"resume": True}):
        with pytest.raises(StoreError, match="no store"):
            prepare(manifest=str(table), size=32, out=str(foreign), **flags)
    assert (foreign / "thesis.txt").exists()
    with pytest.raises(StoreError, match="is a file"):
        prepare(manifest=str(table), size=32, out=str(foreign / "thesis.txt"))


def test_a_full_disk_is_said_clearly(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = store_writer.replacing

    @contextmanager
    def full(path: Path) -> Iterator[Path]:
        with whole(path) as temporary:
            yield Path("/dev/full") if path.name == "shard-00001.tar" else temporary

    monkeypatch.setattr(store_writer, "replacing", full)
    with pytest.raises(StoreError, match="the disk is full"):
        prepare(manifest=str(table), size=32, out=str(tmp_path / "s"), workers=1)
    monkeypatch.setattr(store_writer, "replacing", whole)
    prepare(manifest=str(table), size=32, out=str(tmp_path / "s"), workers=1, resume=True)
    assert len(open_store(str(tmp_path / "s"))) == 17


def test_the_hash_of_a_table_knows_rows_columns_and_cells() -> None:
    frame = pd.DataFrame({"image": ["a", "b"], "grade": ["1", "2"]}, dtype=object)
    other = [frame.iloc[:1], frame.rename(columns={"grade": "g"}), frame.replace("2", "3"), frame.set_index([[1, 0]])]
    assert frame_hash(frame) == frame_hash(frame.copy())
    assert len({frame_hash(table) for table in (frame, *other)}) == 5


def test_a_name_that_is_not_utf_8_is_a_row_of_the_rejected(tmp_path: Path) -> None:
    frame = pd.DataFrame({"image": ["k\udce4put.jpg"]}, dtype=object)
    writer = StoreWriter(tmp_path / "s", frame, [Path("k\udce4put.jpg")], dataset="x", size=32, crop="v")
    writer.enter(overwrite=False, resume=False)
    assert "plan.json" in {path.name for path in (tmp_path / "s").iterdir()}
    writer.write_shard(0, [DecodeError("k\udce4put.jpg is empty")])
    header, _ = writer.finish()
    assert (header.rows, header.rejected) == (0, 1)
    assert json.loads((tmp_path / "s/header.json").read_text())["rejected"] == 1
    assert "k\\xe4put.jpg is empty" in (tmp_path / "s/rejected.csv").read_text()


def test_columns_of_the_store_are_its_own() -> None:
    with pytest.raises(ManifestError, match="`fov_x`"):
        StoreWriter(Path("s"), pd.DataFrame({"image": [], "fov_x": []}), [], dataset="x", size=32, crop="v")
