"""Request ids and the lines of the log, as text and as JSON."""

import contextvars
import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from fundusfm.server.operation.request_log import HEADER, LogFormat, logging_config

Client = Callable[..., TestClient]
Lines = Callable[[LogFormat], io.StringIO]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Configures the log as a server does, and returns what is written to it."""
    names = ("", "fundusfm", "uvicorn")
    before = {name: (logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names}

    def configure(form: LogFormat) -> io.StringIO:
        stream = io.StringIO()
        config: dict[str, Any] = logging_config(form)
        config["handlers"]["stderr"]["stream"] = stream
        logging.config.dictConfig(config)
        return stream

    yield configure
    for name, (level, handlers) in before.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).handlers[:] = handlers


def test_an_id_is_kept_or_made(client: TestClient) -> None:
    assert client.get("/healthz", headers={HEADER: "trace-1:2.3"}).headers[HEADER] == "trace-1:2.3"
    made = [
        client.get("/healthz", headers=headers).headers[HEADER]
        for headers in ({}, {HEADER: "a b"}, {HEADER: "x" * 200})
    ]
    assert len(set(made)) == 3 and all(len(one) == 32 for one in made)
    assert client.get("/nowhere", headers={HEADER: "t"}).headers[HEADER] == "t"


def test_a_line_of_json_says_who_asked_for_what(make_client: Client, lines: Lines) -> None:
    client, stream = make_client(token="secret-of-tests-1"), lines("json")
    client.get("/v1/models?secret=1", headers={"Authorization": "Bearer secret-of-tests-1", HEADER: "t-1"})
    client.get("/v1/models", headers={"Authorization": "Bearer wrong"})
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    first, second = (line for line in found if line["logger"] == "fundusfm.requests")
    expected = {"method": "GET", "path": "/v1/models", "status": 422, "token": "environment", "request_id": "t-1"}
    assert first | expected == first
    assert first["time"].endswith("+00:00") and 0 <= first["seconds"] < 60
    assert (second["status"], second["token"]) == (401, "")
    assert "secret" not in stream.getvalue()


def test_no_address_begins_a_line_of_its_own(client: TestClient, lines: Lines) -> None:
    stream = lines("text")
    client.get("/a%0AERROR%20made%20up", headers={HEADER: "t-2"})
    (line,) = stream.getvalue().splitlines()
    assert "GET /a%0AERROR%20made%20up 404 in" in line and line.endswith("[t-2]")


def test_a_bug_is_logged_and_answered_under_its_id(
    client: TestClient, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> str:
        logging.getLogger("fundusfm.server").warning("on the way")
        raise ZeroDivisionError

    monkeypatch.setattr("fundusfm.server.routes.page.about", fails)
    stream = lines("json")
    answer = client.get("/", headers={HEADER: "t-3"})
    assert (answer.status_code, answer.headers[HEADER]) == (500, "t-3")
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["message"], line["request_id"]) for line in found[:1]] == [("on the way", "t-3")]
    assert found[-1]["status"] == 500


def test_an_exception_is_part_of_its_line(lines: Lines) -> None:
    stream = lines("json")

    def log() -> None:
        try:
            raise ValueError("why")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("it broke")

    contextvars.Context().run(log)  # outside of any request
    line = json.loads(stream.getvalue())
    assert line["message"] == "it broke" and "ValueError: why" in line["exception"]
    assert "request_id" not in line
