"""A server that leaves without losing a request: told to stop, it says so, finishes what runs, and then stops."""

import time
from types import FrameType

import uvicorn

from fundusfm.server.state import State


class DrainingServer(uvicorn.Server):
    """Answers `/readyz` with 503 from the first SIGTERM or SIGINT on, and stops when no request runs any more.

    Work that arrives meanwhile is refused with 503. A second signal stops at once.

    Args:
        config: Of uvicorn.
        state: Of the application.
        patience: Most seconds to wait for running requests.
    """

    def __init__(self, config: uvicorn.Config, state: State, *, patience: float) -> None:
        super().__init__(config)
        self._state = state
        self._patience = patience
        self._since = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Starts draining; uvicorn calls it on a signal."""
        if self._state.draining:
            self.should_exit = self.force_exit = True
            return
        self._since = time.monotonic()
        self._state.draining = True

    async def on_tick(self, counter: int) -> bool:
        """Decides ten times a second whether to stop."""
        if self._state.draining:
            waited = time.monotonic() - self._since
            if not self._state.telemetry.in_flight or waited > self._patience:
                self.should_exit = True
        return await super().on_tick(counter)
