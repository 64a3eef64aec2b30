"""DICOM uploads: a row per frame, the eye, the limits before anything is decoded, and nothing of the patient."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.dicom_files import PATIENT_ID, PATIENT_NAME, SYNTAXES, dicom_bytes, dicom_dataset
from tests.server.conftest import form

from fundusfm.data.decode.image import decode
from fundusfm.errors import AuditError
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.audit.verify import read_photographs
from fundusfm.server.load import open_audit_log
from fundusfm.server.service import Service

_SECRETS = (PATIENT_ID, *PATIENT_NAME.split("^"), "19410203", "20240506", "ACC-55", "Bramblewick", "Saint Eleven")


@pytest.fixture(scope="module")
def pixels(photographs: list[Path]) -> np.ndarray:
    """One of the photographs."""
    return decode(photographs[0]).image


@pytest.fixture(scope="module")
def two_frames(pixels: np.ndarray) -> bytes:
    """A left eye, whole and mirrored, as two frames of JPEG-LS."""
    dataset = dicom_dataset(np.stack([pixels, pixels[:, ::-1]]), NumberOfFrames=2, ImageLaterality="L")
    return dicom_bytes(dataset, SYNTAXES["jpeg-ls"])


def test_every_frame_has_a_row_and_its_eye(
    client: TestClient, photographs: list[Path], pixels: np.ndarray, two_frames: bytes
) -> None:
    right = dicom_bytes(dicom_dataset(pixels))
    files = form(("scan", two_frames), ("a.png", photographs[0].read_bytes()), ("right.jpg", right))
    rows = client.post("/v1/predict", files=files).json()["rows"]
    assert [(row["image"], row["eye"], row["status"]) for row in rows] == [
        ("scan", "left", "ok"),
        ("scan#2", "left", "ok"),
        ("a.png", "", "ok"),
        ("right.jpg", "right", "ok"),
    ]
    scores = [row["findings"][0]["score"] for row in rows]
    assert scores[0] == scores[3] == pytest.approx(scores[2], abs=1e-5)  # the order of a batch may move the last digit
    assert scores[1] != scores[0]


def test_frames_are_explained_one_by_one(client: TestClient, two_frames: bytes) -> None:
    answers = [
        client.post(f"/v1/explain?label=glaucoma&frame={number}", files=form(("scan.dcm", two_frames)))
        for number in (1, 2, 3, 0)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 422]
    assert [answer.json()["image"] for answer in answers[:2]] == ["scan.dcm", "scan.dcm#2"]
    assert answers[0].json()["crop"] != answers[1].json()["crop"]
    assert answers[2].json()["error"] == "scan.dcm has no frame 3; its last one is 2."


def test_report_names_the_eyes(client: TestClient, pixels: np.ndarray, two_frames: bytes) -> None:
    grey = dicom_bytes(dicom_dataset(np.ascontiguousarray(pixels[..., 1]), ImageLaterality=None, Laterality="R"))
    html = client.post("/v1/report", files=form(("scan.dcm", two_frames), ("grey.dcm", grey))).text
    for text in (">Person 1<", "Left eye, scan.dcm#2", ">grey.dcm<", "it has no colour"):
        assert text in html
    assert html.count('class="person ') == 1


def test_file_names_say_the_eye_where_no_header_does(
    client: TestClient, photographs: list[Path], pixels: np.ndarray
) -> None:
    content = photographs[0].read_bytes()
    silent = dicom_bytes(dicom_dataset(pixels, ImageLaterality=None))
    files = form(("7_L.png", content), ("7_OD.png", content), ("plain.png", content), ("8_left.dcm", silent))
    rows = client.post("/v1/predict", files=files).json()["rows"]
    assert [(row["eye"], row["eye_from"]) for row in rows] == [("left", "name"), ("right", "name"), ("", ""), ("", "")]
    assert rows[0]["pair"] == rows[1]["pair"] != "" == rows[2]["pair"]


def test_a_header_that_contradicts_itself_about_the_eye_says_so(client: TestClient, pixels: np.ndarray) -> None:
    content = dicom_bytes(dicom_dataset(pixels, ImageLaterality="R", Laterality="L"))
    (row,) = client.post("/v1/predict", files=form(("scan.dcm", content))).json()["rows"]
    assert row["eye"] == row["eye_from"] == ""
    assert "says right" in row["eye_doubt"] and "left" in row["eye_doubt"]


def test_nothing_of_the_patient_comes_back(
    client: TestClient, pixels: np.ndarray, two_frames: bytes, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    strange = dicom_bytes(dicom_dataset(pixels)).replace(b"RGB ", b"CMY ")
    files = form(("a", two_frames), ("cut", two_frames[:-200]), ("strange", strange))
    said = "".join(client.post(path, files=files).text for path in ("/v1/predict", "/v1/report"))
    said += client.post("/v1/explain", files=files[:1]).text + caplog.text + "".join(capfd.readouterr())
    assert "truncated" in said
    assert not [secret for secret in _SECRETS if secret in said]


def test_limits_are_told_from_the_header(
    make_client: Callable[..., TestClient], pixels: np.ndarray, two_frames: bytes, photographs: list[Path]
) -> None:
    huge = dicom_bytes(dicom_dataset(pixels, Rows=20_000, Columns=20_000))
    endless = dicom_bytes(dicom_dataset(pixels[None], NumberOfFrames=2_000_000_000))
    many = dicom_bytes(dicom_dataset(np.stack([pixels] * 5), NumberOfFrames=5))
    bomb = dicom_bytes(dicom_dataset(np.zeros((3000, 3000, 3), np.uint8)), SYNTAXES["deflated"])
    client = make_client(files=4, megapixels=1)
    files = form(("huge", huge), ("endless", endless), ("many", many), ("a.png", photographs[0].read_bytes()))
    rows = client.post("/v1/predict", files=files).json()["rows"]
    assert [row["status"] for row in rows] == ["failed"] * 3 + ["ok"]
    for row, words in zip(rows, ("20000 x 20000 pixels", "2,000,000,000 frames", "holds 5 frames"), strict=False):
        assert words in row["reason"]
    (row,) = client.post("/v1/predict", files=form(("bomb", bomb))).json()["rows"]
    assert "unpacks to more than 1," in row["reason"]
    answer = client.post("/v1/predict", files=form(*((str(number), two_frames) for number in range(3))))
    assert answer.status_code == 413
    assert "every frame of a DICOM file being one" in answer.json()["error"]
    assert client.app.state.fundusfm.admission.photographs == 0  # type: ignore[attr-defined]


def test_answers_are_logged_before_they_are_given(
    client: TestClient, service: Service, photographs: list[Path], two_frames: bytes, tmp_path: Path
) -> None:
    log = tmp_path / "audit.jsonl"
    client.app.state.fundusfm.audit_log = open_audit_log(str(log), service)  # type: ignore[attr-defined]
    content = photographs[0].read_bytes()
    files = form(("Jane Doe.png", content), ("scan.dcm", two_frames), ("bad.jpg", b"bad"))
    rows = client.post("/v1/predict?operating_point=screening", files=files).json()["rows"]
    lines = list(read_photographs(log))

    assert [line["status"] for line in lines] == [row["status"] for row in rows] == ["ok", "ok", "ok", "failed"]
    hashes = [line["photograph"]["sha256"] for line in lines]
    assert hashes[0] == hashlib.sha256(content).hexdigest() and hashes[3] == hashlib.sha256(b"bad").hexdigest()
    assert hashes[1] == hashes[2] and [line["photograph"]["frame"] for line in lines] == [1, 1, 2, 1]
    for line, row in zip(lines[:3], rows[:3], strict=True):
        assert line["decisions"] == {finding["label"]: int(finding["decision"]) for finding in row["findings"]}
    assert lines[0]["operating_point"] == "screening" and lines[0]["thresholds"]["abnormal"] == 0.1
    assert not any(secret in log.read_text() for secret in (*_SECRETS, "Doe"))


def test_what_cannot_be_logged_is_not_answered(
    client: TestClient, service: Service, photographs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: AuditLog, photographs: list[object]) -> None:
        raise AuditError("The audit log cannot be written (No space left on device)")

    client.app.state.fundusfm.audit_log = open_audit_log(str(tmp_path / "audit.jsonl"), service)  # type: ignore[attr-defined]
    monkeypatch.setattr(AuditLog, "add", full)
    answer = client.post("/v1/predict", files=form(("a.png", photographs[0].read_bytes())))
    assert answer.status_code == 503 and "Retry-After" in answer.headers
    assert "cannot be logged" in answer.json()["error"] and "rows" not in answer.json()
