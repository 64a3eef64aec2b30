"""Uploads: read into memory within the limits, named safely, refused with a sentence."""

import io
import socket
import tempfile
from collections.abc import Callable, Iterator
from http.client import HTTPResponse

import pytest
from starlette.testclient import TestClient
from tests.server.conftest import form

from fundusfm.server.protection.uploads import clean_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\eye.png", "eye.png"),
        ("a\r\nb.jpg", "ab.jpg"),
        ("", "photograph 3"),
        (None, "photograph 3"),
        ("é" * 300, "é" * 200),
        ("/", "photograph 3"),
        ("..", ".."),
    ],
)
def test_names(sent: str | None, shown: str) -> None:
    assert clean_name(sent, 3) == shown


@pytest.mark.parametrize(("headers", "body"), [
    ({"content-type": "application/json"}, b"{}"),
    ({"content-type": "multipart/form-data"}, b"x"),
    ({"content-type": "multipart/form-data; boundary=x"}, b""),
    ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--"),
    ({"content-type": "multipart/form-data; boundary=x"}, b"garbage without end"),
    ({}, b"raw"),
])  # fmt: skip
def test_other_bodies_are_refused(client: TestClient, headers: dict[str, str], body: bytes) -> None:
    answer = client.post("/v1/predict", content=body, headers=headers)
    assert answer.status_code == 422
    assert "multipart/form-data" in answer.json()["error"]


def test_a_form_without_files_is_refused(client: TestClient) -> None:
    assert client.post("/v1/predict", files=[("other", ("a.jpg", b"1"))]).status_code == 422
    assert client.post("/v1/predict", data={"files": "text"}).status_code == 422


def test_too_many_files(make_client: Callable[..., TestClient]) -> None:
    answer = make_client(files=2).post("/v1/predict", files=form(*((str(i), b"1") for i in range(3))))
    assert answer.status_code == 413
    assert "more than 2 photographs" in answer.json()["error"]


def test_too_many_bytes_told_or_not(make_client: Callable[..., TestClient]) -> None:
    client = make_client(megabytes=0.1)
    told = client.post("/v1/predict", files=form(("a", b"1" * 200_000)))
    assert told.status_code == 413
    assert "larger than 0.1 MB" in told.json()["error"]

    def chunks() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"1" * 10_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/v1/predict", content=chunks(), headers=headers).status_code == 413
    assert client.app.state.fundusfm.admission.bytes == 0  # type: ignore[attr-defined]


def test_nothing_reaches_a_disk(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(spooled: tempfile.SpooledTemporaryFile[bytes]) -> None:
        raise AssertionError("an upload was written to a disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", refuse)
    content = io.BytesIO(b"1" * 5_000_000).read()
    assert client.post("/v1/predict", files=form(("a", content))).json()["rows"][0]["status"] == "failed"


def test_an_upload_that_never_ends_is_given_up(serve: Callable[..., str]) -> None:
    host, port = serve(seconds=0.3).removeprefix("http://").rstrip("/").split(":")
    head = (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 1000\r\n\r\n--x\r\n")  # fmt: skip
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head)
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 408
        assert b"longer than 0.3 seconds" in answer.read()
