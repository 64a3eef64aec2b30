"""Busy, failing and foreign servers: asked again, then one sentence."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fundusfm.errors import ConfigError, PacsError
from fundusfm.screening.dicom.archive import Archive, RefusedError


class _Server(ThreadingHTTPServer):
    """Answers with the listed codes one after the other, the last one for ever."""

    codes: list[int]
    body = b"[]"
    asked = 0
    headers: dict[str, str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.headers = dict(self.headers)
        code = self.server.codes.pop(0) if len(self.server.codes) > 1 else self.server.codes[0]
        self.send_response(code)
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

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


@pytest.mark.parametrize("options", [{"timeout": 0, "retries": 1}, {"timeout": 1, "retries": 0}])
def test_limits_are_checked(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="must be above 0"):
        Archive("http://127.0.0.1:9/", **options)
