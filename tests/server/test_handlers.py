"""Errors of an application are JSON sentences."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from fundusfm.errors import ConfigError
from fundusfm.server.handlers import add_handlers
from fundusfm.server.problems import NotFoundError


def test_every_error_is_a_sentence_with_its_status() -> None:
    app = FastAPI()
    add_handlers(app)

    @app.get("/{kind}")
    def fail(kind: str, number: int = 0) -> None:
        raise {"own": ConfigError("Give another."), "gone": NotFoundError("It has gone.")}.get(kind, KeyError(kind))

    client = TestClient(app, raise_server_exceptions=False)
    answers = {path: client.get(path) for path in ("/own", "/gone", "/bug", "/own?number=x", "/a/b")}
    assert [answer.status_code for answer in answers.values()] == [422, 404, 500, 422, 404]
    sentences = [answer.json()["error"] for answer in answers.values()]
    assert sentences[:2] == ["Give another.", "It has gone."]
    assert sentences[2].startswith("An error in the program (KeyError)")
    assert sentences[3].startswith("query.number: ") and sentences[4].startswith("There is no such page")
