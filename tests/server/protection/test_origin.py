"""Without a token, other web pages are refused; programs and the server's own page are not."""

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from tests.server.conftest import form

from fundusfm.server.app import create_app
from fundusfm.server.protection.limits import Limits
from fundusfm.server.protection.origin import comes_from_elsewhere
from fundusfm.server.protection.tokens import Tokens
from fundusfm.server.service import Service


@pytest.mark.parametrize(
    ("method", "headers", "elsewhere"),
    [
        ("POST", {}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("GET", {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, False),
        ("POST", {"sec-fetch-site": "cross-site"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, True),  # another port of this machine
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),  # a form
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, True),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, True),
        ("POST", {"origin": "http://localhost:8000"}, False),
        ("POST", {"origin": "http://localhost:3000"}, True),
        ("POST", {"origin": "https://evil.example"}, True),
        ("POST", {"origin": "null"}, True),
    ],
)
def test_who_asks(method: str, headers: dict[str, str], elsewhere: bool) -> None:
    assert comes_from_elsewhere(method, Headers({"host": "localhost:8000", **headers})) is elsewhere


def test_other_pages_cannot_spend_a_server_without_a_token(service: Service, cat: bytes) -> None:
    client = TestClient(create_app(service, limits=Limits(decoders=1), tokens=None))
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post("/v1/predict", files=form(("cat.png", cat)), headers=headers)
        assert answer.status_code == 403
        assert "another web page" in answer.json()["error"]
        assert answer.headers["x-frame-options"] == "DENY"
    protected = TestClient(
        create_app(service, limits=Limits(decoders=1), tokens=Tokens(secret="a-token-of-some-length"))
    )
    assert protected.post("/v1/predict", headers={"Origin": "https://evil.example"}).status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example:8000", 400),
        ("localhost.evil.example", 400),
        ("localhost:evil", 400),
    ],
)
def test_names_where_only_this_machine_is_served(service: Service, host: str, status: int) -> None:
    client = TestClient(create_app(service, limits=Limits(decoders=1), tokens=None, local_only=True))
    answer = client.get("/openapi.json", headers={"Host": host})
    assert answer.status_code == status
    assert answer.headers["x-frame-options"] == "DENY"
    assert (
        TestClient(create_app(service, limits=Limits(), tokens=Tokens(secret="secret")))
        .get("/openapi.json")
        .status_code
        == 200
    )
