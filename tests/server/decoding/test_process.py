"""What the decoding process answers, tried in this process; `test_decoder.py` runs it as one of its own."""

from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import PATIENT_ID, dicom_bytes, dicom_dataset

from fundusfm.errors import DecodeError
from fundusfm.screening.documents.views import View
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.server.decoding import process
from fundusfm.server.decoding.jobs import Bug, LookAt, Open, Opened, Prepare
from fundusfm.server.decoding.process import _Desk
from fundusfm.server.protection.limits import Limits


def opened(desk: _Desk, content: bytes, **limits: float) -> Opened:
    answer = desk.answer(Open("a", content, Limits(**limits), b"salt" * 4))
    assert isinstance(answer, Opened)
    return answer


def test_an_upload_is_opened_prepared_and_looked_at(photographs: list[Path]) -> None:
    desk = _Desk()
    assert not opened(desk, photographs[0].read_bytes()).heavy
    assert isinstance(desk.answer(Prepare(0, (64,))), Prepared)
    assert isinstance(desk.answer(LookAt(0)), View)


def test_frames_share_a_person_that_is_no_identifier() -> None:
    scan = dicom_dataset(np.zeros((2, 64, 64, 3), np.uint8), NumberOfFrames=2, ImageLaterality="L")
    frames = opened(_Desk(), dicom_bytes(scan)).frames
    assert [(frame.name, frame.eye) for frame in frames] == [("a", "left"), ("a#2", "left")]
    assert frames[0].person == frames[1].person and PATIENT_ID not in frames[0].person


def test_refusals_are_told_when_it_is_opened(cat: bytes) -> None:
    desk = _Desk()
    scan = dicom_dataset(np.zeros((3, 64, 64, 3), np.uint8), NumberOfFrames=3)
    assert "more than the 0.01 megapixels" in opened(desk, cat, megapixels=0.01).frames[0].refused
    assert "holds 3 frames, more than the 2" in opened(desk, dicom_bytes(scan), files=2).frames[0].refused
    assert "truncated" in opened(desk, dicom_bytes(scan)[:-500]).frames[0].refused


@pytest.mark.parametrize(
    ("error", "kind"), [(DecodeError("damaged"), Unreadable), (MemoryError(), Unreadable), (KeyError("secret"), Bug)]
)
def test_errors_are_answers(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    desk = _Desk()
    opened(desk, photographs[0].read_bytes())
    monkeypatch.setattr(process, "prepare", fail)
    answer = desk.answer(Prepare(0, (64,)))
    assert isinstance(answer, kind)
    assert "secret" not in str(answer)
