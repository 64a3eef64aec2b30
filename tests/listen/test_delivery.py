"""Results reach every archive once, however often it takes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from tests.dicom_files import dicom_dataset
from tests.listen.conftest import Clock

from fundusfm.errors import PacsError
from fundusfm.listen.delivery import Delivery
from fundusfm.listen.destinations import Destination, Send
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import Spool
from fundusfm.screening.dicom.archive import RefusedError


class _Archive(Destination):
    """Takes what it is sent, unless it has an error to raise."""

    def __init__(self, name: str) -> None:
        self.name, self.stored, self.opened = name, list[str](), 0
        self.errors: list[Exception | None] = []

    @contextmanager
    def session(self) -> Iterator[Send]:
        self.opened += 1

        def send(file: Path) -> None:
            error = self.errors.pop(0) if self.errors else None
            if error is not None:
                raise error
            self.stored.append(str(dcmread(file).SOPInstanceUID))

        yield send


@pytest.fixture
def results(journal: StudyJournal, spool: Spool, photo: np.ndarray) -> list[str]:
    """Two screened studies of two results each; their UIDs in order."""
    uids = []
    for study in ("1", "2"):
        journal.add_image(study, f"image {study}", file=spool.keep_received(study, b""), sha256="", origin="CAMERA")
        journal.complete(0)
        number, _ = journal.to_screen() or (0, "")
        (image,) = journal.unscreened(number)
        made = [dicom_dataset(photo, entropy=f"{study} {part}") for part in ("overlay", "report")]
        places = [(str(one.SOPInstanceUID), spool.keep_result(one)) for one in made]
        journal.add_rows(number, image, [{"status": "ok"}], places)
        journal.screened(number)
        uids += [uid for uid, _ in places]
    return uids


class _Fixture:
    def __init__(self, journal: StudyJournal, spool: Spool, log: EventLog, clock: Clock) -> None:
        self.archives = [_Archive("x"), _Archive("y")]
        self.delivery = Delivery(journal, spool, log, self.archives, give_up=1, clock=clock)
        self._journal, self._clock = journal, clock

    def step(self, *, later: float = 0.0, all_due: bool = False) -> list[str]:
        self._clock.now += later
        self.delivery.step(threading.Event(), all_due=all_due)
        return [row["state"] for row in self._journal.table()]


@pytest.fixture
def two(journal: StudyJournal, spool: Spool, log: EventLog, clock: Clock) -> _Fixture:
    return _Fixture(journal, spool, log, clock)


def test_each_archive_gets_everything_in_order_and_files_go(results: list[str], two: _Fixture, spool: Spool) -> None:
    assert two.step() == ["delivered", "delivered"]
    assert [one.stored for one in two.archives] == [results, results]
    assert not list((spool.path / "received").iterdir()) and not list((spool.path / "results").iterdir())
    two.step(later=99)
    assert [one.opened for one in two.archives] == [2, 2]


def test_what_was_delivered_is_not_sent_again(results: list[str], two: _Fixture) -> None:
    x, y = two.archives
    x.errors = [None, PacsError("x ended the association.")]
    assert two.step() == ["screened", "screened"]
    assert (x.stored, x.opened, y.stored) == (results[:1], 1, results)
    assert two.step(later=4) == ["screened", "screened"]
    assert two.step(later=2) == ["delivered", "delivered"]
    assert sorted(x.stored) == sorted(results) and len(y.stored) == len(results)


def test_a_refused_instance_holds_up_its_own_study_only(
    results: list[str], two: _Fixture, journal: StudyJournal
) -> None:
    two.archives[0].errors = [RefusedError("x refuses an instance.")]
    assert sorted(two.step()) == ["delivered", "screened"]
    assert "x refuses an instance." in [row["reason"] for row in journal.table()]


def test_a_study_is_given_up_and_can_be_tried_again(results: list[str], two: _Fixture, journal: StudyJournal) -> None:
    two.archives[0].errors = [PacsError("x is down.")] * 2
    two.step()
    two.step(later=3601)
    assert [row["state"] for row in journal.table()] == ["failed", "failed"]
    assert journal.table()[0]["reason"] == "given up: x is down."
    assert journal.retry_failed() == 2
    while (found := journal.to_screen()) is not None:
        assert journal.unscreened(found[0]) == [] and journal.screened(found[0])
    assert two.step(later=3600) == ["delivered", "delivered"]
    assert len(two.archives[1].stored) == len(results)


def _events(log: EventLog) -> list[dict[str, object]]:
    return [json.loads(line) for line in log._stream.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_a_study_that_is_put_off_says_when_it_goes_on(
    results: list[str], two: _Fixture, journal: StudyJournal, log: EventLog
) -> None:
    two.archives[0].errors = [PacsError("x is down.")]
    two.step()
    first = next(event for event in _events(log) if event["event"] == "put_off")
    assert first["tries"] == 1 and first["complete_at"] == "y"
    assert first["next_try"] == next(row["next_try"] for row in journal.table() if row["study"] == first["study"])


def test_a_study_with_a_damaged_image_is_logged_as_failed(
    journal: StudyJournal, spool: Spool, two: _Fixture, log: EventLog
) -> None:
    journal.add_image("1", "image", file=spool.keep_received("1", b""), sha256="", origin="CAMERA")
    journal.complete(0)
    number, _ = journal.to_screen() or (0, "")
    (image,) = journal.unscreened(number)
    journal.add_rows(number, image, [{"status": "failed", "reason": "it is damaged"}], [])
    journal.screened(number)
    assert two.step() == ["failed"]
    (event,) = _events(log)
    assert (event["event"], event["study"], event["reason"]) == ("failed", "1", "no report: it is damaged")


def test_at_once_means_without_waiting(results: list[str], two: _Fixture) -> None:
    two.archives[0].errors = [PacsError("x is down.")]
    two.step(all_due=True)
    assert two.step(all_due=True) == ["delivered", "delivered"]
