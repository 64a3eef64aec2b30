"""Studies on their way from received to delivered, and back."""

from pathlib import Path

import pytest
from tests.listen.conftest import Clock

from fundusfm.errors import ConfigError
from fundusfm.listen.journal import StudyJournal

OK = {"image": "i", "frame": 1, "status": "ok", "reason": ""}
BAD = {"image": "i", "frame": 1, "status": "failed", "reason": "i is damaged."}


def _received(journal: StudyJournal, *images: str, study: str = "1.2") -> None:
    for image in images:
        journal.add_image(study, image, file=f"received/{image}", sha256=f"hash of {image}", origin="CAMERA")


def _screened(journal: StudyJournal, *, row: dict[str, object] = OK) -> int:
    journal.complete(0)
    found = journal.to_screen()
    assert found is not None
    for image in journal.unscreened(found[0]):
        assert journal.begin(image)
        journal.add_rows(found[0], image, [row], [] if row is BAD else [(f"{image.uid}.r", f"results/{image.uid}.r")])
    assert journal.screened(found[0])
    return found[0]


def _state(journal: StudyJournal) -> str:
    (row,) = journal.table()
    return str(row["state"])


def test_a_study_goes_from_received_to_delivered(journal: StudyJournal, clock: Clock) -> None:
    _received(journal, "a", "b")
    assert _state(journal) == "received" and journal.waiting() == 2
    clock.now += 29
    assert journal.complete(30) == []
    clock.now += 1
    assert journal.complete(30) == ["1.2"] and _state(journal) == "complete"
    study = _screened(journal)
    assert _state(journal) == "screened"
    assert journal.to_deliver() == [(study, "1.2")]
    assert journal.finish(study, {"x": ".r"}) is None
    for result in journal.undelivered(study, "x", ".r"):
        journal.delivered(result, "x")
    unneeded = journal.finish(study, {"x": ".r"})
    assert unneeded == ["received/a", "received/b", "results/a.r", "results/b.r"]
    assert _state(journal) == "delivered" and journal.waiting() == 0 and journal.wanted_files() == set()


def test_every_archive_needs_every_result(journal: StudyJournal) -> None:
    _received(journal, "a")
    study = _screened(journal)
    (result,) = journal.undelivered(study, "x", ".r")
    journal.delivered(result, "x")
    journal.delivered(result, "x")
    assert journal.finish(study, {"x": ".r", "y": ".r"}) is None
    assert journal.undelivered(study, "x", ".r") == [] and journal.undelivered(study, "y", ".r") == [result]


def test_a_late_image_is_screened_alone_and_its_file_stays(journal: StudyJournal) -> None:
    _received(journal, "a")
    study = _screened(journal)
    journal.delivered(journal.undelivered(study, "x", ".r")[0], "x")
    assert journal.finish(study, {"x": ".r"}) is not None
    _received(journal, "b")
    assert _state(journal) == "received" and "received/b" in journal.wanted_files()
    journal.complete(0)
    assert [image.uid for image in journal.unscreened(study)] == ["b"]
    assert _screened(journal) == study
    assert [result.file for result in journal.undelivered(study, "x", ".r")] == ["results/b.r"]


def test_an_image_that_comes_during_screening_makes_the_study_wait(journal: StudyJournal) -> None:
    _received(journal, "a")
    journal.complete(0)
    (study, _) = journal.to_screen() or (0, "")
    _received(journal, "b")
    assert not journal.screened(study)
    assert _state(journal) == "received"


def test_an_image_that_ends_the_program_is_given_up(journal: StudyJournal) -> None:
    _received(journal, "a")
    journal.complete(0)
    begun = 0
    while journal.begin(journal.unscreened(1)[0]):
        begun += 1
    assert begun == 20
    image = journal.unscreened(1)[0]
    journal.not_begun(image)
    assert journal.unscreened(1)[0].attempts == image.attempts


def test_an_image_that_was_begun_comes_after_others(journal: StudyJournal) -> None:
    _received(journal, "a", "b")
    _received(journal, "c", study="3.4")
    journal.complete(0)
    assert journal.begin(journal.unscreened(1)[0])
    assert journal.to_screen() == (2, "3.4")
    assert [image.uid for image in journal.unscreened(1)] == ["b", "a"]


def test_pauses_grow_and_a_study_may_be_tried_at_once(journal: StudyJournal, clock: Clock) -> None:
    _received(journal, "a")
    study = _screened(journal)
    for pause in (5.0, 10.0, 10.0):
        journal.put_off(study, "the archive is down.", (5.0, 10.0))
        clock.now += pause - 1
        assert journal.to_deliver() == []
        assert journal.to_deliver(all_due=True)
        clock.now += 1
        assert journal.to_deliver()
    assert journal.table()[0]["reason"] == "the archive is down."
    assert journal.age(study) == 25


def test_failed_studies_keep_their_files_and_can_be_tried_again(journal: StudyJournal) -> None:
    _received(journal, "a")
    study = _screened(journal, row=BAD)
    assert journal.finish(study, {"x": ".r"}) == []
    (row,) = journal.table()
    assert (row["state"], row["reason"]) == ("failed", "no report: i is damaged.")
    assert journal.wanted_files() == {"received/a"}
    assert journal.retry_failed() == 1
    assert _state(journal) == "complete" and [image.uid for image in journal.unscreened(study)] == ["a"]


def test_it_outlives_its_process_and_knows_what_it_saw(journal: StudyJournal, tmp_path: Path) -> None:
    _received(journal, "a")
    journal.add_file("/watched/a.dcm", 10, 20, "taken")
    again = StudyJournal(tmp_path / "spool" / "journal.sqlite")  # while the first is still open, as for --status
    assert again.sha256_of("a") == "hash of a" and again.sha256_of("b") is None
    assert again.knows_file("/watched/a.dcm", 10, 20) and not again.knows_file("/watched/a.dcm", 11, 20)
    again.close()


def test_other_files_are_no_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"something else" * 100)
    with pytest.raises(ConfigError, match="cannot be used"):
        StudyJournal(tmp_path / "journal.sqlite")
