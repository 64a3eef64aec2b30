"""Metrics: what is running, and answers that were never given."""

import asyncio
from typing import Any

import pytest

from fundusfm.server.telemetry import Measured, Telemetry


def run(app: Any, telemetry: Telemetry) -> None:
    async def nothing(*_: Any) -> Any:
        return {"type": "http.request"}

    asyncio.run(Measured(app, telemetry)({"type": "http"}, nothing, nothing))


def test_running_requests_are_counted_while_they_run() -> None:
    telemetry, seen = Telemetry(), list[int]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(telemetry.in_flight)
        await send({"type": "http.response.start", "status": 204})

    run(app, telemetry)
    assert seen == [1]
    assert telemetry.in_flight == 0
    assert 'fundusfm_requests_total{path="other",status="204"} 1.0' in telemetry.text().decode()


def test_bugs_and_senders_who_left_are_counted() -> None:
    telemetry = Telemetry()

    async def leaves(scope: Any, receive: Any, send: Any) -> None:
        return

    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    run(leaves, telemetry)
    with pytest.raises(ZeroDivisionError):
        run(breaks, telemetry)
    text = telemetry.text().decode()
    assert 'status="499"} 1.0' in text and 'status="500"} 1.0' in text
    assert telemetry.in_flight == 0
