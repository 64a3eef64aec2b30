"""`GET /v1/models`: labels and operating points."""

from starlette.testclient import TestClient


def test_models_tells_labels_and_points(client: TestClient) -> None:
    body = client.get("/v1/models").json()
    assert body["operating_point"] == "youden"
    assert [label["name"] for label in body["models"][0]["labels"]] == ["abnormal", "glaucoma"]
    assert body["models"][0]["labels"][0]["points"]["youden"]["threshold"] == 0.5
