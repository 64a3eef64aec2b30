"""The application: its headers are on every answer, and every error is a JSON sentence."""

import pytest
from starlette.testclient import TestClient

from fundusfm.server.protection.headers import HEADERS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/static/page.css", 200),
        ("GET", "/nothing", 404),
        ("GET", "/static/nothing", 404),
        ("DELETE", "/v1/predict", 405),
        ("POST", "/v1/predict", 422),
        ("GET", "/static/..%2f..%2fapp.py", 404),
    ],
)
def test_headers_and_errors(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    if status >= 400:
        assert answer.json()["error"].endswith(".")


def test_a_bug_is_an_answer_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.app.state.fundusfm, "service", None)  # type: ignore[attr-defined]
    answer = client.get("/v1/models")
    assert answer.status_code == 500
    assert "AttributeError" in answer.json()["error"]
    assert answer.headers["x-frame-options"] == "DENY"
