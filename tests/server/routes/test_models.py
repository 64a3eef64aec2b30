"""`GET /v1/models`: labels and operating points."""

from starlette.testclient import TestClient


def test_models_tells_labels_and_points(client: TestClient) -> None:
    body = client.get("/v1/models").json()
    assert body["operating_point"] == "youden"
    assert body["operating_points"]["screening"] == {"abnormal": 0.1, "glaucoma": 0.1}
    (model,) = body["models"]
    assert [label["label"] for label in model["labels"]] == ["abnormal", "glaucoma"]
    assert model["labels"][0]["name"] == "Any abnormality"
    assert model["labels"][0]["points"]["youden"]["threshold"] == 0.5
    assert model["referral"] is None and model["limits"] == []
