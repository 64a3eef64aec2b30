"""What the routes share: the token and the deadline."""

from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient
from tests.server.conftest import GatedScreening, form, uploads

from fundusfm.server.service import Service


def test_a_token_is_asked_for(make_client: Callable[..., TestClient], photographs: list[Path]) -> None:
    client = make_client(token="secret")
    for path in ("/v1/predict", "/v1/explain", "/v1/report"):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic secret"}):
            answer = client.post(path, files=uploads(photographs[:1]), headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "token" in answer.json()["error"]
    for path in ("/v1/models", "/metrics"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"Authorization": "Bearer secret"}).status_code == 200
    for path in ("/", "/healthz", "/openapi.json", "/static/page.js"):
        assert client.get(path).status_code == 200


def test_an_answer_that_takes_too_long(
    make_client: Callable[..., TestClient], gated: tuple[GatedScreening, Service]
) -> None:
    client = make_client(model=gated[1], seconds=0.2)
    answer = client.post("/v1/predict", files=form(("a", b"1")))
    assert answer.status_code == 504
    assert "longer than 0.2 seconds" in answer.json()["error"]
    assert client.app.state.fundusfm.admission.photographs == 0  # type: ignore[attr-defined]


def test_options_are_never_ignored(client: TestClient, photographs: list[Path]) -> None:
    for path, known in (
        ("predict", "operating_point, layers"),
        ("report", "operating_point, paper, pdf"),
        ("explain", "label, frame"),
    ):
        answer = client.post(f"/v1/{path}?threshold=0.1", files=uploads(photographs[:1]))
        assert answer.status_code == 422
        assert answer.json()["error"] == f"There is no option 'threshold' here; known: {known}."
    assert client.get("/v1/models?x=1").status_code == 422
