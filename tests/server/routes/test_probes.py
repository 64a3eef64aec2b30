"""Health, readiness and metrics."""

from pathlib import Path

from starlette.testclient import TestClient
from tests.server.conftest import form


def test_ready_until_it_drains(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}
    client.app.state.fundusfm.draining = True  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.post("/v1/predict", files=form(("a", b"1"))).status_code == 503


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
