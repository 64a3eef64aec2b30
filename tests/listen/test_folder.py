"""Watched folders: taken once they rest, remembered, left as they are."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fundusfm.errors import ConfigError
from fundusfm.listen.folder import WatchedFolders
from fundusfm.listen.intake import Intake
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import Spool

Make = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    return tmp_path / "in"


def test_a_file_is_taken_when_it_no_longer_grows(
    folder: Path, intake: Intake, journal: StudyJournal, photograph: Make
) -> None:
    watched = WatchedFolders([str(folder)], intake, journal)
    content, file = photograph(), folder / "deep" / "a.dcm"
    file.write_bytes(content[:1000])
    assert watched.look() == 0
    file.write_bytes(content)
    assert watched.look() == 0
    assert watched.look() == 1
    assert watched.look() == 0
    assert file.read_bytes() == content


def test_files_are_remembered_until_they_change(
    folder: Path, intake: Intake, journal: StudyJournal, photograph: Make, log: EventLog
) -> None:
    (folder / "a.dcm").write_bytes(photograph("a1"))
    (folder / "letter.txt").write_text("no photograph")
    (folder / ".hidden.dcm").write_bytes(photograph("a2"))
    (folder / "b.dcm.part").write_bytes(photograph("b1"))
    assert WatchedFolders([str(folder)], intake, journal).look(settled=True) == 1
    assert WatchedFolders([str(folder)], intake, journal).look(settled=True) == 0
    (folder / "letter.txt").write_bytes(photograph("b2"))
    os.utime(folder / "a.dcm", (1, 1))  # the same image again
    assert WatchedFolders([str(folder)], intake, journal).look(settled=True) == 1
    assert log._stream.getvalue().count('"outcome": "unreadable"') == 1  # type: ignore[attr-defined]


def test_files_wait_while_the_service_is_full(
    folder: Path, spool: Spool, journal: StudyJournal, log: EventLog, photograph: Make
) -> None:
    for name in ("a1", "a2"):
        (folder / f"{name}.dcm").write_bytes(photograph(name))
    small = Intake(spool, journal, log, most_waiting=1, free_gigabytes=0)
    assert WatchedFolders([str(folder)], small, journal).look(settled=True) == 1
    large = Intake(spool, journal, log, most_waiting=9, free_gigabytes=0)
    assert WatchedFolders([str(folder)], large, journal).look(settled=True) == 1


def test_a_folder_must_exist(intake: Intake, journal: StudyJournal, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no folder"):
        WatchedFolders([str(tmp_path / "nowhere")], intake, journal)
