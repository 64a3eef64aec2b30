"""The page's source: nothing inline, nothing from elsewhere, and what it says of the model."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient


def test_nothing_inline_and_nothing_from_elsewhere(client: TestClient) -> None:
    html = client.get("/").text
    assert re.findall(r"<script[^>]*>(?!</script>)", html) == []
    assert not re.search(r"\sstyle=|\son\w+=|<style", html)
    assert "//" not in html
    for name in ("report.css", "person.css", "page.css", "page.js", "zoom.js"):
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200
        assert "http" not in answer.text.replace("https://www.w3.org", "")
    assert client.get("/favicon.ico").status_code == 204


def test_page_tells_model_and_limits(make_client: Callable[..., TestClient]) -> None:
    html = make_client(megabytes=3).get("/").text
    for text in (
        "tiny",
        "Any abnormality",
        "glaucoma",
        "each label at its best balance (Youden)",
        "JPEG 2000",
        "up to 3 MB",
        "Research use, not a diagnosis",
        'data-needs-token="no"',
    ):
        assert text in html
    assert 'data-needs-token="yes"' in make_client(token="secret").get("/").text
