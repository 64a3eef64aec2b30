"""`POST /v1/predict`: one row per upload, in order, whatever the upload is."""

import concurrent.futures
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from starlette.testclient import TestClient
from tests.server.conftest import GatedScreening, form, uploads

from fundusfm.server.service import Service


def test_every_upload_has_a_row(client: TestClient, photographs: list[Path], cat: bytes) -> None:
    files = [*uploads(photographs[:2]), *form(("cat.png", cat), ("../../notes.txt", b"no picture"), ("empty.jpg", b""))]
    answer = client.post("/v1/predict", files=files)
    assert answer.status_code == 200
    body = answer.json()
    assert body["models"] == ["tiny"]
    assert [row["image"] for row in body["rows"]] == [
        photographs[0].name,
        photographs[1].name,
        "cat.png",
        "notes.txt",
        "empty.jpg",
    ]
    assert [row["status"] for row in body["rows"]] == ["ok", "ok", "not_fundus", "failed", "failed"]
    for row in body["rows"]:
        assert {finding["label"] for finding in row["findings"]} == {"abnormal", "glaucoma"}
        assert row["findings"][0]["label"] == "abnormal"
        assert all((finding["score"] is not None) == (row["status"] == "ok") for finding in row["findings"])
    first = body["rows"][0]["findings"][0]
    assert first["point"] == {"name": "youden", "threshold": 0.5, "sensitivity": 0.8, "specificity": 0.7}
    assert first["decision"] is (first["score"] >= 0.5)
    assert "not a colour fundus photograph" in body["rows"][2]["reason"]
    assert "not an image" in body["rows"][3]["reason"]


def test_scores_do_not_depend_on_company(client: TestClient, photographs: list[Path]) -> None:
    together = client.post("/v1/predict", files=uploads(photographs)).json()["rows"]
    alone = [client.post("/v1/predict", files=uploads([path])).json()["rows"][0] for path in photographs]
    for one, other in zip(together, alone, strict=True):
        for left, right in zip(one["findings"], other["findings"], strict=True):
            assert left["score"] == pytest.approx(right["score"], abs=1e-5)


def test_an_operating_point_is_honoured_or_refused(client: TestClient, photographs: list[Path]) -> None:
    for path in ("/v1/predict", "/v1/report"):
        answer = client.post(f"{path}?operating_point=nonsense", files=uploads(photographs[:1]))
        assert answer.status_code == 404
        assert "no operating point 'nonsense'; the model has: youden, screening" in answer.json()["error"]
    (row,) = client.post("/v1/predict?operating_point=screening", files=uploads(photographs[:1])).json()["rows"]
    assert row["operating_point"] == "screening" and row["model"] == "tiny" and len(row["sha256"]) == 64
    for finding in row["findings"]:
        assert finding["point"]["name"] == "screening"
        assert finding["decision"] is (finding["score"] >= 0.1)


def test_too_many_pixels_are_never_decoded(make_client: Callable[..., TestClient], cat: bytes) -> None:
    client = make_client(megapixels=0.1)
    answer = client.post("/v1/predict", files=form(("cat.png", cat)))
    assert answer.json()["rows"][0]["status"] == "failed"
    assert "451 x 300 pixels" in answer.json()["rows"][0]["reason"]
    assert client.post("/v1/explain", files=form(("cat.png", cat))).status_code == 422


def test_a_full_queue_sends_away(make_client: Callable[..., TestClient], gated: tuple[GatedScreening, Service]) -> None:
    screening, service = gated
    client = make_client(model=service, files=2, queue=2)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/v1/predict", files=form(("a", b"1"), ("b", b"2")))
        while not screening.batches:
            time.sleep(0.01)
        answer = client.post("/v1/predict", files=form(("c", b"3")))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "2 photographs are waiting" in answer.json()["error"]
        screening.gate.set()
        assert [row["image"] for row in first.result(30).json()["rows"]] == ["a", "b"]
    assert client.post("/v1/predict", files=form(("c", b"3"))).status_code == 200


class BrokenScreening:
    """Has a bug that some photographs meet."""

    sizes: ClassVar[list[int]] = [64]

    def screen_prepared(self, photographs: Any) -> list[dict[str, Any]]:
        if any(photograph.name == "bad" for photograph in photographs):
            raise ZeroDivisionError
        return [{"image": photograph.name, "status": "ungradable", "reason": "too dark"} for photograph in photographs]


def test_a_bug_costs_one_row_its_result(make_client: Callable[..., TestClient], service: Service) -> None:
    broken = Service(BrokenScreening(), service.bundles, operating_point="youden", thresholds={})
    rows = make_client(model=broken).post("/v1/predict", files=form(("a", b"1"), ("bad", b"2"))).json()["rows"]
    assert [row["status"] for row in rows] == ["ungradable", "failed"]
    assert "ZeroDivisionError" in rows[1]["reason"]
