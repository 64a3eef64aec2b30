"""New weights while photographs are scored: no request is lost, and no answer mixes two models."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.server.conftest import LABELS, uploads, wait_ready

from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.models.network import attach_head
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle
from fundusfm.screening.audit.log import AuditLog
from fundusfm.server.load import load_service
from fundusfm.server.operation.reload import Reloader
from fundusfm.server.service import Service
from fundusfm.server.state import State


@pytest.fixture(scope="module")
def other_bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Weights of another size, with another threshold, under the same name as the usual ones."""
    start = start_network("scratch", backbone="mobilenetv2_035", size=96, seed=1)
    attach_head(start.network, len(LABELS))
    point = OperatingPoint(threshold=0.25, sensitivity=0.9, specificity=0.6)
    card = start.card.model_copy(
        update={"labels": LABELS, "task": "multilabel", "name": "tiny",
                "operating_points": {label: {"youden": point} for label in LABELS}}
    )  # fmt: skip
    path = tmp_path_factory.mktemp("other") / "tiny"
    save_bundle(path, start.network, card)
    return str(path)


def metrics(client: TestClient) -> str:
    """Returns what /metrics says."""
    return client.get("/metrics").text


def test_requests_after_a_reload_have_the_new_weights(
    client: TestClient, service: Service, other_bundle: str, photographs: list[Path]
) -> None:
    wait_ready(client)
    other = load_service([other_bundle], tta=False, operating_point="youden")
    before = client.post("/v1/predict", files=uploads(photographs[:1])).json()["rows"][0]
    assert asyncio.run(Reloader(client.app.state.fundusfm, lambda: (other, None))())  # type: ignore[attr-defined]
    after = client.post("/v1/predict", files=uploads(photographs[:1])).json()["rows"][0]
    assert (before["sha256"], after["sha256"]) == (service.bundles[0].hash, other.bundles[0].hash)
    assert after["findings"][0]["point"]["threshold"] == 0.25
    assert f'fundusfm_build_info{{sha256="{other.bundles[0].hash}"' in metrics(client)
    assert f'sha256="{service.bundles[0].hash}"' not in metrics(client)


def test_weights_that_cannot_be_loaded_change_nothing(
    client: TestClient, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    state = client.app.state.fundusfm  # type: ignore[attr-defined]

    def missing() -> tuple[Service, AuditLog | None]:
        raise WeightsError("There is no bundle.")

    def broken() -> tuple[Service, AuditLog | None]:
        raise ZeroDivisionError

    for load in (missing, broken):
        assert not asyncio.run(Reloader(state, load)())
    assert state.service is service
    assert caplog.text.count("the weights of before stay") == 2 and "There is no bundle." in caplog.text


def test_no_request_is_lost_while_weights_change_again_and_again(
    serve: Callable[..., str],
    service: Service,
    other_bundle: str,
    photographs: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = load_service([other_bundle], tta=False, operating_point="youden")
    states = list[State]()

    def kept(*parts: object) -> State:
        states.append(State(*parts))  # type: ignore[arg-type]
        return states[-1]

    monkeypatch.setattr("fundusfm.server.app.State", kept)
    address = serve()
    wait_ready(address)
    answers: list[tuple[str, float]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answer = httpx2.post(f"{address}v1/predict", files=uploads(photographs[:2]), timeout=60)
            assert answer.status_code == 200, answer.text
            for row in answer.json()["rows"]:
                assert row["status"] != "failed", row
                answers.append((row["sha256"], row["findings"][0]["point"]["threshold"]))

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    turns = iter([other, service] * 2)
    reload = Reloader(states[0], lambda: (next(turns), None))
    for _ in range(4):
        seen = len(answers)
        assert asyncio.run(reload())
        begin = time.monotonic()
        while len(answers) < seen + 6 and time.monotonic() - begin < 120:
            time.sleep(0.01)
    stop.set()
    for client in clients:
        client.join()
    expected = {(service.bundles[0].hash, 0.5), (other.bundles[0].hash, 0.25)}
    assert set(answers) == expected
