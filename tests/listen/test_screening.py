"""A complete study becomes reports and overlays, and a damaged image a row."""

import threading
from collections.abc import Callable

import pytest
from pydicom import dcmread
from tests.listen.archive import StandInArchive
from tests.screening.documents.test_pdf import text_of
from tests.structures.drawn import segmenter_of_shapes

from fundusfm.config.dicom import ListenConfig
from fundusfm.listen import screening as room
from fundusfm.listen.delivery import Delivery
from fundusfm.listen.destinations import destinations
from fundusfm.listen.intake import Intake
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.screening import StudyScreening
from fundusfm.listen.spool import Spool
from fundusfm.screening.dicom.predictions import ReportScreener

Make = Callable[..., bytes]


@pytest.fixture
def screening(journal: StudyJournal, spool: Spool, log: EventLog, screener: ReportScreener) -> StudyScreening:
    return StudyScreening(journal, spool, log, screener, label=None, overlays=True)


def _take(intake: Intake, journal: StudyJournal, *files: bytes) -> None:
    for content in files:
        intake.take(content, "CAMERA")
    journal.complete(0)


def test_results_of_an_image_are_overlay_and_report(
    screening: StudyScreening, intake: Intake, journal: StudyJournal, spool: Spool, photograph: Make
) -> None:
    _take(intake, journal, photograph("a1"))
    assert screening.step(threading.Event()) and not screening.step(threading.Event())
    ((study, _),) = journal.to_deliver()
    made = [dcmread(spool.path / result.file) for result in journal.undelivered(study, "x")]
    assert [one.Modality for one in made] == ["OT", "SR", "DOC"]
    assert {one.PatientID for one in made} == {"MRN-7744-Q"}
    assert [row["status"] for row in journal.rows_of(study)] == ["ok"]


def test_structures_are_a_result_too(
    intake: Intake, journal: StudyJournal, spool: Spool, log: EventLog, weights: str, photograph: Make,
    archive: StandInArchive, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter_of_shapes())
    screener = ReportScreener(weights, structures="drawn")
    _take(intake, journal, photograph("a1"))
    StudyScreening(journal, spool, log, screener, label=None, overlays=False, fhir=True).step(threading.Event())
    ((study, _),) = journal.to_deliver()
    (bundle,) = journal.undelivered(study, "x", ".json")
    assert "Number of haemorrhages" in (spool.path / bundle.file).read_text(encoding="utf-8")
    to = destinations(ListenConfig(spool="", to=[archive.url], timeout=5))
    Delivery(journal, spool, log, to, give_up=1.0).step(threading.Event())
    assert [one.Modality for one in archive.stored] == ["SEG", "SR", "DOC"]
    assert archive.stored[0].pixel_array.any()
    assert "haemorrhages 2" in text_of(archive.stored[2].EncapsulatedDocument)


def test_a_damaged_image_is_a_row_and_the_others_go_on(
    screening: StudyScreening, intake: Intake, journal: StudyJournal, spool: Spool, photograph: Make
) -> None:
    _take(intake, journal, photograph("a1", interpretation="HSV"), photograph("a2"))
    screening.step(threading.Event())
    ((study, _),) = journal.to_deliver()
    assert [row["status"] for row in journal.rows_of(study)] == ["failed", "ok"]
    assert len(journal.undelivered(study, "x")) == 3


def test_stopping_leaves_the_rest_for_later(
    screening: StudyScreening, intake: Intake, journal: StudyJournal, photograph: Make
) -> None:
    _take(intake, journal, photograph("a1"), photograph("a2"))
    stop = threading.Event()
    stop.set()
    screening.step(stop)
    assert len(journal.unscreened(1)) == 2 and journal.to_deliver() == []


def test_a_full_disk_is_no_fault_of_the_image(
    screening: StudyScreening, intake: Intake, journal: StudyJournal, photograph: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    _take(intake, journal, photograph("a1"))
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "keep_result", full)
        with pytest.raises(OSError, match="No space"):
            screening.step(threading.Event())
    assert journal.unscreened(1)[0].attempts == 0
    assert screening.step(threading.Event()) and journal.to_deliver()


def test_an_image_that_ended_the_program_too_often_is_given_up(
    screening: StudyScreening, intake: Intake, journal: StudyJournal, photograph: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    _take(intake, journal, photograph("a1"))
    with monkeypatch.context() as patched:
        patched.setattr(room, "screen_instance", killed)
        for _ in range(20):
            with pytest.raises(KeyboardInterrupt):
                screening.step(threading.Event())
    assert screening.step(threading.Event())
    ((study, _),) = journal.to_deliver()
    (row,) = journal.rows_of(study)
    assert row["status"] == "failed" and "the program ended each time" in row["reason"]
