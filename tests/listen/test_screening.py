"""A complete study becomes reports and overlays, and a damaged image a row."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from tests.dicom_files import dicom_bytes, dicom_dataset
from tests.listen.archive import StandInArchive
from tests.screening.documents.test_pdf import text_of
from tests.structures.drawn import segmenter_of_shapes

import fundusfm
from fundusfm.config.dicom import ListenConfig
from fundusfm.errors import AuditError
from fundusfm.listen import screening as room
from fundusfm.listen.delivery import Delivery
from fundusfm.listen.destinations import destinations
from fundusfm.listen.intake import Intake
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.screening import StudyScreening
from fundusfm.listen.spool import Spool
from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.card.schema import Card
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.audit.trace import sop_trace
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


@pytest.fixture
def paired(weights: str, tmp_path: Path) -> ReportScreener:
    """The model with a term for the fellow eye."""
    shutil.copytree(weights, tmp_path / "paired")
    card = Card.read(tmp_path / "paired" / "card.json")
    term = FellowWeights(own=1.0, fellow=1.0, bias=0.0, temperature=1.0, shift=0.0)
    both = card.model_copy(update={"both_eyes": BothEyes(weights={"abnormal": term}, eyes=10)})
    both.write(tmp_path / "paired" / "card.json")
    return ReportScreener(str(tmp_path / "paired"))


def _logits(rows: list[dict[str, object]]) -> np.ndarray:
    scores = np.array([row["abnormal.score"] for row in rows], float)
    return np.log(scores / (1 - scores))


def _eyes(intake: Intake, journal: StudyJournal, photo: np.ndarray) -> None:
    eyes = (("a1", "R", photo), ("a2", "L", photo[:, ::-1]))
    _take(intake, journal, *(dicom_bytes(dicom_dataset(image, entropy=name, ImageLaterality=side))
                             for name, side, image in eyes))  # fmt: skip


def test_both_eyes_of_a_study_are_scored_together(
    intake: Intake, journal: StudyJournal, spool: Spool, log: EventLog, paired: ReportScreener,
    screener: ReportScreener, photo: np.ndarray,
) -> None:  # fmt: skip
    _eyes(intake, journal, photo)
    together = StudyScreening(journal, spool, log, paired, label=None, overlays=False, pdf=False)
    together.step(threading.Event())
    rows = journal.rows_of(1)
    alone = [screener.screen("a", image) for image in (photo, photo[:, ::-1])]
    assert np.allclose(_logits(rows), _logits(alone).sum(), atol=1e-4)
    assert [row["fellow"] for row in rows] == [row["image"] for row in rows][::-1]


def test_an_image_that_ended_the_program_counts_for_nobody_else(
    intake: Intake, journal: StudyJournal, spool: Spool, log: EventLog, paired: ReportScreener, photo: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _eyes(intake, journal, photo)
    screening = StudyScreening(journal, spool, log, paired, label=None, overlays=False, pdf=False)
    deadly = journal.unscreened(1)[1].uid
    read = room.rows_from_one_eye

    def killed(dataset: object, name: str, screener: ReportScreener) -> list[dict[str, object]]:
        if name == deadly:
            raise KeyboardInterrupt
        return read(dataset, name, screener)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "rows_from_one_eye", killed)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            screening.step(threading.Event())
    assert screening.step(threading.Event())
    # The other image is scored alone.
    fellows = {row["image"]: row["fellow"] for row in journal.rows_of(1)}
    assert list(fellows.values()).count(None) == 1 and fellows[deadly]


def test_frames_are_logged_before_they_are_delivered(
    intake: Intake, journal: StudyJournal, spool: Spool, log: EventLog, weights: str, photograph: Make, tmp_path: Path
) -> None:
    _take(intake, journal, photograph("a1"), photograph("a2", interpretation="HSV"))
    screener = ReportScreener(weights, traced=True)
    audit = AuditLog(tmp_path / "audit.jsonl", how="listen", model="tiny", weights=screener.identity.weights_hash)
    screening = StudyScreening(journal, spool, log, screener, label=None, overlays=True, audit=audit)
    screening.step(threading.Event())
    start, good, bad = map(json.loads, (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines())
    uids = [image.uid for image, _ in journal.screened_images(1)]
    assert start["event"] == "start" and (good["how"], good["status"], bad["status"]) == ("listen", "ok", "failed")
    assert [line["photograph"] for line in (good, bad)] == [sop_trace(uid, 1).plain()["photograph"] for uid in uids]
    assert good["seconds"] > 0 and good["decisions"] and uids[0] not in json.dumps(good)
    assert all("trace" not in row for row in journal.rows_of(1))
    assert fundusfm.audit_verify(logs=[str(tmp_path / "audit.jsonl")])


def test_what_cannot_be_logged_is_not_delivered(
    intake: Intake, journal: StudyJournal, spool: Spool, log: EventLog, weights: str, photograph: Make, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise AuditError("The audit log cannot be written")

    _take(intake, journal, photograph("a1"))
    audit = AuditLog(tmp_path / "audit.jsonl", how="listen", model="tiny", weights="0")
    screener = ReportScreener(weights, traced=True)
    screening = StudyScreening(journal, spool, log, screener, label=None, overlays=True, audit=audit)
    with monkeypatch.context() as patched:
        patched.setattr(AuditLog, "add", full)
        with pytest.raises(AuditError):
            screening.step(threading.Event())
    assert journal.unscreened(1)[0].attempts == 0 and journal.to_deliver() == []
    assert screening.step(threading.Event()) and journal.to_deliver()
