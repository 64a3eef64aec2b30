"""A large file may take more memory than a small one."""

from pathlib import Path

from fundusfm.models.importing.memory import bound_for, reading_bound


def test_a_larger_file_may_take_more(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"1")
    (tmp_path / "large").write_bytes(bytes(1_000_000))
    assert bound_for(tmp_path / "large") - bound_for(tmp_path / "small") == 4 * 999_999
    with reading_bound(tmp_path / "large"):
        assert (tmp_path / "large").read_bytes() == bytes(1_000_000)
