"""Connections that make no progress are closed: uvicorn itself waits for ever for the end of a request's header."""

import time
from collections.abc import Collection
from typing import Any


class Sweeper:
    """Watches the connections of a server; call `sweep` several times a second.

    Args:
        head_seconds: Longest wait for the whole header of a request.
        answer_seconds: Longest time from there to the end of its answer, uploads and slow readers included.
        most_waiting: Connections that may wait for a header at once; beyond it the oldest are closed, first of those
            that have never sent a whole one.
    """

    def __init__(self, *, head_seconds: float, answer_seconds: float, most_waiting: int) -> None:
        self._head_seconds, self._answer_seconds, self._most_waiting = head_seconds, answer_seconds, most_waiting
        # By connection: its current request, whether that is being answered, and since when it is.
        self._since: dict[Any, tuple[Any, bool, float]] = {}

    def sweep(self, connections: Collection[Any]) -> int:
        """Closes the connections that have used up their time.

        Args:
            connections: `uvicorn.Server.server_state.connections`.

        Returns:
            How many were closed.
        """
        now = time.monotonic()
        before, self._since = self._since, {}
        waiting: list[tuple[bool, float, Any]] = []
        closed = 0
        for connection in list(connections):
            cycle = connection.cycle
            answering = cycle is not None and not cycle.response_complete
            last_cycle, was_answering, since = before.get(connection, (None, not answering, now))
            if last_cycle is not cycle or was_answering != answering:
                since = now
            self._since[connection] = (cycle, answering, since)
            if now - since > (self._answer_seconds if answering else self._head_seconds):
                connection.transport.abort()
                closed += 1
            elif not answering:
                waiting.append((cycle is not None, since, connection))
        waiting.sort(key=lambda entry: entry[:2])
        for *_, connection in waiting[: max(0, len(waiting) - self._most_waiting)]:
            connection.transport.abort()
            closed += 1
        return closed
