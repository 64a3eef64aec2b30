"""Busy, failing and foreign servers: asked again, then one sentence."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from tests.dicom_files import dicom_dataset

from fundusfm.errors import ConfigError, PacsError
from fundusfm.screening.dicom.archive import Archive, RefusedError


class _Server(ThreadingHTTPServer):
    """Answers with the listed codes one after the other, the last one for ever."""

    codes: list[int]
    body = b"[]"
    refusal = b"{}"
    asked, found = 0, 0
    headers: dict[str, str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.headers = dict(self.headers)
        codes = [self.server.found] if self.server.found else self.server.codes
        code = codes.pop(0) if len(codes) > 1 else codes[0]
        self.send_response(code)
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def do_POST(self) -> None:
        """Refuses to store, in the way of `codes`: 409, or 202 with a reason."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.codes[0])
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", str(len(self.server.refusal)))
        self.end_headers()
        self.wfile.write(self.server.refusal)

    def log_message(self, *arguments: object) -> None:
        """Keeps the terminal quiet."""


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def _archive(server: _Server, retries: int = 3) -> Archive:
    return Archive(f"http://127.0.0.1:{server.server_port}/dicom-web", timeout=5, retries=retries)


def test_busy_archive_is_asked_again(server: _Server) -> None:
    server.codes = [503, 429, 200]
    assert _archive(server).find_series({"Modality": "OP"}) == []
    assert server.asked == 3


@pytest.mark.parametrize(
    ("codes", "kind", "sentence"),
    [
        ([503], PacsError, "answers 503"),
        ([500], PacsError, "answers 500"),
        ([404], RefusedError, "answers 404"),
        ([403], PacsError, "FUNDUSFM_PACS_TOKEN"),
    ],
)
def test_failure_is_a_sentence_without_the_query(
    server: _Server, codes: list[int], kind: type[PacsError], sentence: str
) -> None:
    server.codes = codes
    with pytest.raises(kind, match=sentence) as raised:
        _archive(server, retries=2).find_series({"PatientID": "MRN-7744-Q"})
    assert "MRN" not in str(raised.value)


def test_something_else_than_dicomweb(server: _Server) -> None:
    server.codes, server.body = [200], b"<html>"
    with pytest.raises(PacsError, match="does not answer as DICOMweb"):
        _archive(server).find_series({"Modality": "OP"})


def test_credentials_come_from_the_environment(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.codes = [200]
    monkeypatch.setenv("FUNDUSFM_PACS_USER", "reader")
    monkeypatch.setenv("FUNDUSFM_PACS_PASSWORD", "word")
    _archive(server).find_series({})
    assert server.headers["Authorization"] == "Basic cmVhZGVyOndvcmQ="
    monkeypatch.setenv("FUNDUSFM_PACS_TOKEN", "abc")
    _archive(server).find_series({})
    assert server.headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(("there", "missing"), [("USER", "PASSWORD"), ("PASSWORD", "USER")])
def test_half_of_the_credentials_is_refused(monkeypatch: pytest.MonkeyPatch, there: str, missing: str) -> None:
    for name in ("TOKEN", "USER", "PASSWORD"):
        monkeypatch.delenv(f"FUNDUSFM_PACS_{name}", raising=False)
    monkeypatch.setenv(f"FUNDUSFM_PACS_{there}", "s3cret")
    with pytest.raises(ConfigError, match=f"FUNDUSFM_PACS_{missing} is not") as raised:
        Archive("http://127.0.0.1:9/", timeout=1, retries=1)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://u:s3cret@host/x",
        "https://s3cret@host",
        "u:s3cret@host/x",
        "https://u:s3/cret@host",
        "http:/u:s3cret@host",
        "ftp://u:s3cret@h",
    ],
)
def test_credentials_in_the_address_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Archive(url, timeout=1, retries=1)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("options", [{"timeout": 0, "retries": 1}, {"timeout": 1, "retries": 0}])
def test_limits_are_checked(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="must be above 0"):
        Archive("http://127.0.0.1:9/", **options)


def _refusal(reason: int) -> bytes:
    item = {"00081197": {"vr": "US", "Value": [reason]}}
    return json.dumps({"00081198": {"vr": "SQ", "Value": [item]}}).encode()


@pytest.mark.parametrize(
    ("code", "reason", "there", "stored"),
    [
        (409, 0x0111, True, True),
        (409, 0x0110, False, False),
        (202, 0x0111, False, True),  # an archive that says so has it, whatever its index says so far
        (202, 0xC000, True, True),
        (202, 0xC000, False, False),
    ],
)
def test_what_the_archive_has_counts_as_stored(
    server: _Server, code: int, reason: int, there: bool, stored: bool
) -> None:
    dataset = dicom_dataset(np.zeros((8, 8, 3), np.uint8))
    server.codes, server.refusal = [code], _refusal(reason)
    uid = str(dataset.SOPInstanceUID) if there else "1.2.3"
    server.body = json.dumps([{"00080018": {"vr": "UI", "Value": [uid]}}]).encode()
    server.found = 200
    if stored:
        _archive(server).store(dataset)
    else:
        with pytest.raises(RefusedError):
            _archive(server).store(dataset)
