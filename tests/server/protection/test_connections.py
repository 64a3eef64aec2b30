"""Connections without progress are closed, busy ones and their neighbours are not."""

import contextlib
import socket
import time
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from tests.server.conftest import Serve

from fundusfm.server.protection import connections as connections_module
from fundusfm.server.protection import drain
from fundusfm.server.protection.connections import Sweeper


class Connection:
    """What the sweeper sees of uvicorn's connections."""

    def __init__(self, cycle: Any = None) -> None:
        self.cycle, self.aborted = cycle, False
        self.transport = SimpleNamespace(abort=self._abort)

    def _abort(self) -> None:
        self.aborted = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock to turn."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(connections_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def cycle(complete: bool) -> SimpleNamespace:
    return SimpleNamespace(response_complete=complete)


def test_each_phase_has_its_own_time(clock: SimpleNamespace) -> None:
    fresh, answering, done = Connection(), Connection(cycle(False)), Connection(cycle(True))
    sweeper = Sweeper(head_seconds=10, answer_seconds=100, most_waiting=50)
    for clock.now in (0.0, 9.0):
        assert sweeper.sweep([fresh, answering, done]) == 0
    clock.now = 11.0
    assert sweeper.sweep([fresh, answering, done]) == 2
    assert fresh.aborted and done.aborted and not answering.aborted
    clock.now = 101.0
    assert sweeper.sweep([answering]) == 1


def test_a_new_request_begins_anew(clock: SimpleNamespace) -> None:
    connection = Connection(cycle(True))
    sweeper = Sweeper(head_seconds=10, answer_seconds=100, most_waiting=50)
    for clock.now in (0.0, 8.0, 16.0, 24.0):
        connection.cycle = cycle(True)
        assert sweeper.sweep([connection]) == 0


def test_the_oldest_go_where_too_many_wait(clock: SimpleNamespace) -> None:
    sweeper = Sweeper(head_seconds=10, answer_seconds=100, most_waiting=2)
    first, second, third = Connection(), Connection(), Connection()
    sweeper.sweep([first])
    clock.now = 1.0
    assert sweeper.sweep([first, second, third]) == 1
    assert first.aborted and not second.aborted
    customer = Connection(cycle(True))  # has had an answer, and so is closed last
    sweeper = Sweeper(head_seconds=10, answer_seconds=100, most_waiting=2)
    sweeper.sweep([customer])
    clock.now = 2.0
    assert sweeper.sweep([customer, second, third]) == 1
    assert not customer.aborted


def test_headers_that_never_end_are_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "_HEAD_SECONDS", 1.0)
    address = serve()
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    attackers = [socket.create_connection((host, int(port)), timeout=60) for _ in range(200)]
    begin = time.monotonic()
    for connection in attackers:
        connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    assert httpx2.get(f"{address}healthz", timeout=30).status_code == 200
    for connection in attackers:
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""
        connection.close()
    assert time.monotonic() - begin < 60


def test_an_answer_that_nobody_reads_is_given_up(serve: Serve) -> None:
    address = serve(seconds=0.5)  # and so 3 * 0.5 + 10 seconds for everything
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=40) as connection:
        connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        begin = time.monotonic()
        ended = False
        while not ended and time.monotonic() - begin < 60:
            try:
                connection.sendall(b"x")  # a body that drips for ever
                ended = connection.recv(65_536, socket.MSG_DONTWAIT) == b""
            except BlockingIOError:
                time.sleep(0.2)
            except (BrokenPipeError, ConnectionResetError):
                ended = True
        assert ended
