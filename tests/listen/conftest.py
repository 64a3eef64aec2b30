"""A spool with its journal, photographs as DICOM files, and the model of the screening tests."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import dicom_bytes, dicom_dataset
from tests.listen.archive import StandInArchive
from tests.screening.conftest import screener, weights

from fundusfm.listen.intake import Intake
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import Spool

__all__ = ["screener", "weights"]


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log() -> EventLog:
    return EventLog(StringIO())


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def journal(spool: Spool, clock: Clock) -> Iterator[StudyJournal]:
    opened = StudyJournal(spool.journal, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def intake(spool: Spool, journal: StudyJournal, log: EventLog) -> Intake:
    return Intake(spool, journal, log, most_waiting=100, free_gigabytes=0.0)


@pytest.fixture
def photograph(photo: np.ndarray) -> Callable[..., bytes]:
    """Makes a file: entropy `a1` and `a2` are images of one study, `b1` is of another."""

    def make(entropy: str = "a1", **attributes: object) -> bytes:
        return dicom_bytes(dicom_dataset(photo, entropy=entropy, **attributes))

    return make


@pytest.fixture
def archive() -> Iterator[StandInArchive]:
    with StandInArchive() as running:
        yield running
