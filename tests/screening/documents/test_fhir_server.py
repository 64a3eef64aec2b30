"""Sending a report: again while the server is busy, with a token that may change, and one sentence for what fails."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.screening.documents.people import person

from fundusfm.errors import ConfigError, FhirError
from fundusfm.screening.documents.fhir import diagnostic_report
from fundusfm.screening.documents.fhir_server import FhirRefusedError, FhirServer

DONE = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "201 Created"}}]}
WRONG = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid",
                                                        "diagnostics": "subject is missing"}]}  # fmt: skip


class Hospital(ThreadingHTTPServer):
    """Gives its answers one after the other, the last one for ever, and keeps what it was sent."""

    answers: list[tuple[int, Any]]
    received: list[tuple[str, dict[str, str], bytes]]


class _Handler(BaseHTTPRequestHandler):
    server: Hospital

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        answers = self.server.answers
        status, answer = answers.pop(0) if len(answers) > 1 else answers[0]
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hospital() -> Iterator[Hospital]:
    server = Hospital(("127.0.0.1", 0), _Handler)
    server.answers, server.received = [(200, DONE)], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(hospital: Hospital) -> str:
    return f"http://127.0.0.1:{hospital.server_address[1]}/fhir"


def test_a_report_arrives_after_a_busy_moment_with_the_token_of_now(hospital: Hospital, tmp_path: Path) -> None:
    token = tmp_path / "token"
    server = FhirServer(address(hospital) + "/", token_file=token)
    hospital.answers = [(503, b""), (429, WRONG), (200, DONE)]
    token.write_text("first\n", encoding="utf-8")
    bundle = diagnostic_report(person())
    server.send(bundle)
    token.write_text("second\n", encoding="utf-8")
    server.send(bundle)
    assert [headers["Authorization"] for _, headers, _ in hospital.received] == ["Bearer first"] * 3 + ["Bearer second"]
    path, headers, body = hospital.received[0]
    assert (path, headers["Content-Type"]) == ("/fhir", "application/fhir+json")
    assert json.loads(body) == bundle


@pytest.mark.parametrize(
    ("status", "answer", "error", "said"),
    [
        (422, WRONG, FhirRefusedError, r"answers 422 and does not take the report \(subject is missing\)"),
        (401, b"", FhirError, "check the bearer token"),
        (503, WRONG, FhirError, r"503 \(subject is missing\): send the report again later"),
        (500, b"<html>", FhirError, "answers 500"),
        (302, b"", FhirRefusedError, "answers 302"),
        (200, b"<html>", FhirError, "does not answer as a FHIR server does"),
        (200, {**DONE, "entry": [{"response": {"status": "412", "outcome": WRONG}}]}, FhirRefusedError,
         r"did not make all of the report: 412 \(subject is missing\)"),
    ],
)  # fmt: skip
def test_what_fails_is_said(hospital: Hospital, status: int, answer: Any, error: type[FhirError], said: str) -> None:
    hospital.answers = [(status, answer)]
    with pytest.raises(error, match=said):
        FhirServer(address(hospital), retries=2).send({})


def test_an_address_that_nobody_answers_is_said() -> None:
    with pytest.raises(FhirError, match="cannot be reached") as failed:
        FhirServer("http://127.0.0.1:9/fhir", retries=1).send({})
    assert not isinstance(failed.value, FhirRefusedError)


def test_what_is_given_is_checked(tmp_path: Path) -> None:
    for url in ("ftp://a", "https://user:secret@a/fhir"):
        with pytest.raises(ConfigError) as refused:
            FhirServer(url)
        assert "secret" not in str(refused.value)
    with pytest.raises(ConfigError, match="above 0"):
        FhirServer("https://a", retries=0)
    (tmp_path / "empty").touch()
    for name, said in (("empty", "holds no bearer token"), ("missing", "cannot be read")):
        with pytest.raises(ConfigError, match=said):
            FhirServer("https://a", token_file=tmp_path / name).send({})
