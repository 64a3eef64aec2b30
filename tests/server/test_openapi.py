"""The OpenAPI document is complete, and the server keeps to it whatever is sent."""

from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient
from tests.server.conftest import Serve, wait_ready

_TOKEN = "a-token-of-some-length"
_OPERATIONS = ["GET /v1/models", "POST /v1/predict", "POST /v1/explain", "POST /v1/report", "GET /healthz",
               "GET /readyz", "GET /metrics"]  # fmt: skip


@pytest.mark.parametrize("operation", _OPERATIONS)
def test_server_keeps_to_its_document(serve: Serve, operation: str) -> None:
    address = serve(token=_TOKEN)
    wait_ready(address)
    document = schemathesis.openapi.from_url(f"{address}openapi.json")
    method, path = operation.split()

    @settings(max_examples=15)
    @given(case=document[path][method].as_strategy())
    def sends(case: Any) -> None:
        # The document cannot say which bytes are a photograph, so files that it allows are refused.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {_TOKEN}"}, excluded_checks=[positive_data_acceptance]
        )

    sends()


def test_document_is_complete(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods} == set(_OPERATIONS)
    for path, methods in paths.items():
        for operation in methods.values():
            assert operation["description"]
            for status, answer in operation["responses"].items():
                content = answer["content"]
                if status != "200":
                    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}, path
                assert all("schema" in kind for kind in content.values())


def test_document_tells_of_the_form_and_the_token(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/v1/predict"]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["files"]
    assert operation["security"] == [{"HTTPBearer": []}]
    assert {"401", "408", "413", "422", "500", "503", "504"} <= set(operation["responses"])
