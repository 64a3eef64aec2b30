"""Health, readiness and metrics."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.server.conftest import form, wait_ready

from fundusfm.server.state import State


def test_ready_until_it_drains(client: TestClient) -> None:
    wait_ready(client)
    assert client.get("/readyz").json() == {"status": "ready"}
    client.app.state.fundusfm.draining = True  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.post("/v1/predict", files=form(("a", b"1"))).status_code == 503


def test_not_ready_while_photographs_wait(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_ready(client)
    state: State = client.app.state.fundusfm  # type: ignore[attr-defined]
    for target, name, value, said in (
        (type(state.decoders), "longest_wait", 30.0, "wait 30 seconds to be decoded"),
        (type(state.decoders), "alive", 0, "No decoding process"),
        (type(state.worker), "busy_seconds", 20.0, "one batch for 20 seconds"),
        (type(state.admission), "full", True, "as many as may"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(target, name, property(lambda self, value=value: value))
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert said in answer.json()["error"]
            assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200


def test_unhealthy_while_the_network_hangs(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = client.app.state.fundusfm.worker  # type: ignore[attr-defined]
    monkeypatch.setattr(type(worker), "busy_seconds", property(lambda self: 500.0))
    assert client.get("/healthz").status_code == 503


def test_unhealthy_without_its_thread(client: TestClient) -> None:
    client.app.state.fundusfm.worker.stop()  # type: ignore[attr-defined]
    assert client.get("/healthz").status_code == 503


def test_metrics_count_and_name_no_file(client: TestClient, photographs: list[Path]) -> None:
    files = form((photographs[0].name, photographs[0].read_bytes()), ("secret-name.jpg", b"1"))
    client.post("/v1/predict", files=files)
    client.get("/made/up/path")
    text = client.get("/metrics").text
    for line in ('fundusfm_requests_total{path="/v1/predict",status="200"} 1.0',
                 'fundusfm_requests_total{path="other",status="404"} 1.0',
                 'fundusfm_photographs_total{status="ok"} 1.0',
                 'fundusfm_photographs_total{status="failed"} 1.0',
                 "fundusfm_queue_photographs 0.0"):  # fmt: skip
        assert line in text
    assert "secret-name" not in text
    assert "process_resident_memory_bytes" in text
