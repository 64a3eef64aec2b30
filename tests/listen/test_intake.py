"""Files that come in: kept once, or refused with a reason."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.dicom_files import PATIENT_ID, dicom_bytes, dicom_dataset

from fundusfm.listen.intake import Intake, Reception
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import Spool

Make = Callable[..., bytes]


def test_an_image_is_kept_once(intake: Intake, spool: Spool, journal: StudyJournal, photograph: Make) -> None:
    content = photograph()
    assert intake.take(content, "CAMERA") is Reception.TAKEN
    assert intake.take(content, "CAMERA") is Reception.KNOWN
    (file,) = (spool.path / "received").iterdir()
    assert file.read_bytes() == content
    assert [row["images"] for row in journal.table()] == [1]


def test_other_content_under_a_known_uid_is_refused(intake: Intake, photograph: Make) -> None:
    assert intake.take(photograph(), "CAMERA") is Reception.TAKEN
    assert intake.take(photograph(PatientID="SOMEBODY-ELSE"), "CAMERA") is Reception.DIFFERENT


def test_what_cannot_be_filed_is_refused(intake: Intake, photograph: Make, photo: np.ndarray) -> None:
    assert intake.take(b"", "CAMERA") is Reception.UNREADABLE
    for length in (140, 2000, len(photograph()) - 1):
        assert intake.take(photograph()[:length], "CAMERA") is Reception.UNREADABLE
    assert intake.take(photograph(StudyInstanceUID=None), "CAMERA") is Reception.UNFILED
    document = dicom_dataset(photo)
    del document.Rows, document.PixelData
    assert intake.take(dicom_bytes(document), "CAMERA") is Reception.NO_IMAGE


def test_own_overlays_are_not_screened(intake: Intake, journal: StudyJournal, photograph: Make) -> None:
    assert intake.take(photograph(Manufacturer="FundusFM"), "ARCHIVE") is Reception.OWN
    assert journal.table() == []


def test_it_is_full_at_a_number_of_images_and_of_bytes(
    spool: Spool, journal: StudyJournal, log: EventLog, photograph: Make
) -> None:
    one = Intake(spool, journal, log, most_waiting=1, free_gigabytes=0)
    assert one.take(photograph("a1"), "CAMERA") is Reception.TAKEN
    assert one.take(photograph("a2"), "CAMERA") is Reception.FULL
    assert one.take(photograph("a1"), "CAMERA") is Reception.KNOWN
    small = Intake(spool, journal, log, most_waiting=100, free_gigabytes=1e9)
    assert small.take(photograph("a2"), "CAMERA") is Reception.FULL


def test_a_full_disk_is_no_success(
    intake: Intake, journal: StudyJournal, photograph: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "keep_received", full)
    assert intake.take(photograph(), "CAMERA") is Reception.FULL
    assert journal.table() == []


def test_the_log_names_no_patient(intake: Intake, log: EventLog, photograph: Make) -> None:
    intake.take(photograph(), "CAMERA@127.0.0.1")
    text = log._stream.getvalue()  # type: ignore[attr-defined]
    assert '"event": "received"' in text and '"origin": "CAMERA@127.0.0.1"' in text and PATIENT_ID not in text
