"""`POST /v1/explain`: pictures of one photograph, and refusals that are sentences."""

import base64
from pathlib import Path

from starlette.testclient import TestClient
from tests.server.conftest import form, uploads


def test_explain_returns_crop_and_map(client: TestClient, photographs: list[Path]) -> None:
    answer = client.post("/v1/explain?label=glaucoma", files=uploads(photographs[:1])).json()
    assert answer["label"] == "glaucoma"
    for key, kind, magic in (("crop", "jpeg", b"\xff\xd8"), ("heat", "png", b"\x89PNG")):
        head, _, content = answer[key].partition(",")
        assert head == f"data:image/{kind};base64"
        assert base64.b64decode(content).startswith(magic)


def test_explain_refuses_what_it_cannot_explain(client: TestClient, photographs: list[Path]) -> None:
    for query, files, status, said in (
        ("?label=cats", uploads(photographs[:1]), 404, "no label 'cats'"),
        ("", uploads(photographs[:2]), 422, "one per request"),
        ("", form(("a.jpg", b"nothing")), 422, "not an image"),
    ):
        answer = client.post(f"/v1/explain{query}", files=files)
        assert answer.status_code == status
        assert said in answer.json()["error"]
