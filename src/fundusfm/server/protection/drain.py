"""A server that stops in time and, if possible, without losing a request."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn

from fundusfm.platforms import end_after, end_not, hang_up_signal
from fundusfm.server.protection.connections import Sweeper
from fundusfm.server.state import State

SPARE_SECONDS = 10.0
"""After the time for running requests: to cancel those that are left and to end the decoding processes."""

_HEAD_SECONDS = 15.0
_MOST_WAITING = 200


class DrainingServer(uvicorn.Server):
    """Answers `/readyz` with 503 from the first SIGTERM or SIGINT on, and stops when no request runs any more.

    Work that arrives meanwhile is refused with 503. Requests that have not ended after `patience` seconds are
    cancelled, and `SPARE_SECONDS` later the process is ended, whatever it does. A second signal stops at once.

    Args:
        config: Configuration of uvicorn.
        state: State of the application.
        patience: Most seconds to wait for running requests.
        reload: Is called on SIGHUP, where there is that signal and no terminal, whose end it would mean.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        state: State,
        *,
        patience: float,
        reload: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        super().__init__(config)
        self._reload = reload
        self._reloading = set[asyncio.Future[object]]()
        self._state = state
        self._patience = patience
        self._since = 0.0
        seconds = state.limits.seconds
        self._sweeper = Sweeper(
            head_seconds=_HEAD_SECONDS, answer_seconds=3 * seconds + SPARE_SECONDS, most_waiting=_MOST_WAITING
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens the server, and listens for SIGHUP from then on."""
        await super().startup(sockets)
        in_main_thread = threading.current_thread() is threading.main_thread()
        number = hang_up_signal()
        if self._reload is not None and number is not None and in_main_thread and not _has_terminal():
            asyncio.get_running_loop().add_signal_handler(number, self._start_reload, self._reload)

    def _start_reload(self, reload: Callable[[], Awaitable[object]]) -> None:
        task = asyncio.ensure_future(reload())
        self._reloading.add(task)  # a task that nothing refers to may be collected before it is done
        task.add_done_callback(self._reloading.discard)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Starts draining; uvicorn calls it on a signal."""
        if self._state.draining:
            self.should_exit = self.force_exit = True
            return
        self._since = time.monotonic()
        self._state.draining = True
        end_after(self._patience + SPARE_SECONDS)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until a signal comes; then the alarm is off again."""
        try:
            super().run(sockets)
        finally:
            if self._state.draining:
                end_not()

    async def on_tick(self, counter: int) -> bool:
        """Decides ten times a second whether to stop, and closes connections that make no progress."""
        self._sweeper.sweep(self.server_state.connections)
        if self._state.draining:
            waited = time.monotonic() - self._since
            if not self._state.telemetry.in_flight or waited > self._patience:
                self.should_exit = True
        return await super().on_tick(counter)


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
