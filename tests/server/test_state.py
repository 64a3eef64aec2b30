"""A server's own view of how it is doing."""

from types import SimpleNamespace
from typing import Any

import pytest

from fundusfm.server.problems import BusyError
from fundusfm.server.protection.limits import Limits
from fundusfm.server.state import State


def state(*, alive: bool = True, busy: float = 0.0, decoders: int = 2, wait: float = 0.0, full: bool = False) -> State:
    parts: dict[str, Any] = {
        "worker": SimpleNamespace(alive=alive, busy_seconds=busy),
        "decoders": SimpleNamespace(alive=decoders, longest_wait=wait),
        "admission": SimpleNamespace(full=full, photographs=256),
    }
    return State(service=None, limits=Limits(seconds=60), telemetry=None, tokens=None, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "ready", "broken"),
    [
        ({}, "", ""),
        ({"alive": False}, "thread has ended", "thread has ended"),
        ({"busy": 200.0}, "one batch for 200 seconds", "one batch for 200 seconds"),
        ({"busy": 20.0}, "one batch for 20 seconds", ""),
        ({"decoders": 0}, "No decoding process", ""),
        ({"wait": 12.0}, "wait 12 seconds", ""),
        ({"full": True}, "as many as may", ""),
    ],
)
def test_faults(fault: dict[str, Any], ready: str, broken: str) -> None:
    for said, expected in ((state(**fault).why_not_ready(), ready), (state(**fault).why_broken(), broken)):
        assert expected in said
        assert bool(said) == bool(expected)


def test_a_server_that_stops_takes_no_work() -> None:
    server = state()
    server.refuse_when_draining()
    server.draining = True
    with pytest.raises(BusyError, match="stopping"):
        server.refuse_when_draining()
