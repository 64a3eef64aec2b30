"""Names that a server without a token answers to."""

import pytest
from starlette.testclient import TestClient

from fundusfm.server.app import create_app
from fundusfm.server.protection.hosts import is_local
from fundusfm.server.protection.limits import Limits
from fundusfm.server.service import Service


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("", False),
        ("localhost:evil", False),
    ],
)
def test_names(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_other_names_are_refused_where_only_this_machine_is_served(service: Service) -> None:
    client = TestClient(create_app(service, limits=Limits(), token=None, local_only=True))
    refused = client.get("/readyz", headers={"Host": "evil.example"})
    assert refused.status_code == 421
    assert "localhost only" in refused.json()["error"]
    assert refused.headers["x-frame-options"] == "DENY"
    assert client.get("/readyz", headers={"Host": "localhost:8000"}).status_code == 200
    assert TestClient(create_app(service, limits=Limits(), token="secret")).get("/readyz").status_code == 200
