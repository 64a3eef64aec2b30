"""Shards: photographs in a tar file, read at random, and damage that is noticed."""

import tarfile
from pathlib import Path

import pytest

from fundusfm.data.store.shard import Shard, write_shard

_PHOTOGRAPHS = [({"row": 2, "image": "ä.jpg", "fov_x": 0.1}, b"\xff\xd8one"), ({"row": 4, "image": "b"}, b"\x89PNGtwo")]
_REJECTED: list[list[object]] = [[3, "c.jpg", "is empty"]]


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    write_shard(tmp_path / "shard.tar", _PHOTOGRAPHS, _REJECTED)
    return tmp_path / "shard.tar"


def test_photographs_and_rows_come_back_from_file_and_bytes(shard: Path) -> None:
    for opened in (Shard(shard), Shard(shard.read_bytes())):
        assert len(opened) == 2
        assert [opened.encoded(place) for place in (1, 0)] == [b"\x89PNGtwo", b"\xff\xd8one"]
        assert opened.table() == ([record for record, _ in _PHOTOGRAPHS], _REJECTED)


def test_any_program_unpacks_it(shard: Path) -> None:
    with tarfile.open(shard) as tar:
        names = tar.getnames()
    assert names == ["00000002.json", "00000002.jpg", "00000004.json", "00000004.png", "__rejected__"]


def test_bytes_depend_on_the_content_only(shard: Path, tmp_path: Path) -> None:
    write_shard(tmp_path / "again.tar", _PHOTOGRAPHS, _REJECTED)
    assert shard.read_bytes() == (tmp_path / "again.tar").read_bytes()


def test_a_shard_of_rejected_rows_only(tmp_path: Path) -> None:
    write_shard(tmp_path / "shard.tar", [], _REJECTED)
    assert Shard(tmp_path / "shard.tar").table() == ([], _REJECTED)


@pytest.mark.parametrize("kept", [0, 1, 300, 1024, 2048, 3000])
def test_a_shard_that_was_cut_is_damaged(shard: Path, kept: int) -> None:
    shard.write_bytes(shard.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"\w"):
        Shard(shard)
