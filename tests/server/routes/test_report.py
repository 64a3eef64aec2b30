"""`POST /v1/report`: one file."""

from pathlib import Path

from starlette.testclient import TestClient
from tests.server.conftest import form, uploads


def test_report_is_one_file(client: TestClient, photographs: list[Path], cat: bytes) -> None:
    answer = client.post("/v1/report", files=[*uploads(photographs[:1]), *form(("<b>.png", cat))])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert photographs[0].name in answer.text
    assert "&lt;b&gt;.png" in answer.text and "<b>.png" not in answer.text
    assert "Not a fundus photograph" in answer.text
    assert "<script" not in answer.text
