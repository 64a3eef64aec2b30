"""Watching an archive: what is tried when, what is waited out, and how it stops."""

import os
import signal
from pathlib import Path

import pytest

import fundusfm
from fundusfm.errors import ConfigError, PacsError
from fundusfm.screening.dicom import watch as watching
from fundusfm.screening.dicom.watch import Round, pause, watch

_SHORT = 0.0001


def test_an_image_that_fails_is_tried_more_and_more_seldom() -> None:
    rounds, tried = Round(watching=True), list[int]()
    for number in range(20):
        if rounds.is_due("1.2"):
            tried.append(number)
            rounds.note("1.2", failed=True)
        rounds.next()
    assert tried == [0, 1, 3, 7, 15]
    rounds.note("1.2", failed=False)
    assert rounds.is_due("1.2")


def test_pauses_grow_to_an_hour_but_never_below_what_was_asked_for() -> None:
    assert [pause(5, failures) for failures in range(6)] == [300, 600, 1200, 2400, 3600, 3600]
    assert pause(90, 3) == 5400
    assert pause(1, 100_000) == 3600


def test_an_archive_that_is_away_for_a_while_is_waited_out(capsys: pytest.CaptureFixture[str]) -> None:
    seen = list[int]()

    def search(rounds: Round) -> None:
        seen.append(len(seen))
        if len(seen) in (2, 3):
            raise PacsError("The archive cannot be reached.")
        if len(seen) == 5:
            os.kill(os.getpid(), signal.SIGTERM)
            assert rounds.stopping

    before = signal.getsignal(signal.SIGTERM)
    watch(search, minutes=_SHORT)
    assert len(seen) == 5
    assert signal.getsignal(signal.SIGTERM) is before
    printed = capsys.readouterr().err
    assert printed.count("cannot be reached. Trying again in") == 2 and "stopped" in printed


def test_a_first_search_that_fails_ends_the_command() -> None:
    def search(_: Round) -> None:
        raise PacsError("answers 401")

    with pytest.raises(PacsError, match="401"):
        watch(search, minutes=_SHORT)


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan"), float("inf")])
def test_a_pause_that_is_none_is_refused(minutes: float, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--watch is"):
        fundusfm.pacs(url="http://127.0.0.1:9/x", out=str(tmp_path / "r.csv"), watch=minutes)


def test_another_thread_can_watch_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching.threading, "current_thread", lambda: None)
    before = signal.getsignal(signal.SIGTERM)

    def search(_: Round) -> None:
        assert signal.getsignal(signal.SIGTERM) is before
        raise PacsError("enough")

    with pytest.raises(PacsError):
        watch(search, minutes=_SHORT)
