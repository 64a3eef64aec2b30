"""Rows survive a kill at any byte; nothing is overwritten unasked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundusfm.errors import RunFolderError
from fundusfm.screening.journal import journal_path, open_journal

_PLAN = {"photographs": "abc", "weights": ["w"]}
_ROWS = [(0, {"image": "ä.jpg", "reason": "line\nbreak"}), (2, {"image": "c.jpg", "score": 0.5}), (1, {"image": "b"})]


def _written(out: Path) -> bytes:
    journal = open_journal(out, _PLAN, overwrite=True, resume=False)
    journal.add(_ROWS)
    journal.close()
    return journal_path(out).read_bytes()


@given(end=st.integers(0, 400))
def test_a_kill_at_any_byte_loses_no_whole_row(tmp_path_factory: pytest.TempPathFactory, end: int) -> None:
    out = tmp_path_factory.mktemp("journal") / "results.csv"
    content = _written(out)[:end]
    journal_path(out).write_bytes(content)
    journal = open_journal(out, _PLAN, overwrite=False, resume=True)
    assert journal.rows == dict(_ROWS[: max(0, content.count(b"\n") - 1)])
    journal.add([entry for entry in _ROWS if entry[0] not in journal.rows])
    journal.close()
    assert open_journal(out, _PLAN, overwrite=False, resume=True).rows == dict(_ROWS)


def test_nothing_is_lost_unasked(tmp_path: Path) -> None:
    out = tmp_path / "results.csv"
    _written(out)
    with pytest.raises(RunFolderError, match="--resume continues it, --overwrite starts again"):
        open_journal(out, _PLAN, overwrite=False, resume=False)
    with pytest.raises(RunFolderError, match="was started with other weights"):
        open_journal(out, _PLAN | {"weights": ["v"]}, overwrite=False, resume=True)
    assert open_journal(out, _PLAN, overwrite=True, resume=False).rows == {}
    out.write_text("x")
    with pytest.raises(RunFolderError, match="exists already: give another --out, or --overwrite"):
        open_journal(out, _PLAN, overwrite=False, resume=False)


def test_damage_in_the_middle_is_told(tmp_path: Path) -> None:
    out = tmp_path / "results.csv"
    journal_path(out).write_bytes(_written(out).replace(b'"c.jpg"', b'"c.jpg'))
    with pytest.raises(RunFolderError, match="is damaged"):
        open_journal(out, _PLAN, overwrite=False, resume=True)


def test_rows_are_read_back_from_the_disk(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "results.csv", _PLAN, overwrite=False, resume=False)
    journal.add(_ROWS[:2])
    assert len(journal.rows) == 2 and list(journal.rows) == [0, 2] and 1 not in journal.rows
    assert journal.rows[0] == _ROWS[0][1]
    with pytest.raises(KeyError):
        journal.rows[1]
    journal.add(_ROWS[2:])
    assert journal.rows == dict(_ROWS)
