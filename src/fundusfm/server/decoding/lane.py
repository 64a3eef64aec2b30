"""Decoding processes that share a deadline: lent to one upload at a time, and replaced when they end."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from fundusfm.server.decoding.decoder import DecoderDiedError, DecoderProcess
from fundusfm.server.problems import BusyError

_LOG = logging.getLogger(__name__)
_RETRY_AFTER = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0


class Lane:
    """Processes of one kind.

    Args:
        size: Number of processes.
        megabytes: Memory that uploads may take in each.
        seconds: Deadline of a job.
        niceness: Niceness of the processes; above 0 they give way to others.
        most_waiting: Uploads that may wait for a process; None for any number.

    Attributes:
        seconds: Deadline of a job.
    """

    def __init__(
        self, *, size: int, megabytes: float, seconds: float, niceness: int = 0, most_waiting: int | None = None
    ) -> None:
        self.seconds = seconds
        self._size, self._megabytes, self._niceness, self._most_waiting = size, int(megabytes), niceness, most_waiting
        self._idle: asyncio.Queue[DecoderProcess] = asyncio.Queue()
        self._running: set[DecoderProcess] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._waiting: dict[object, float] = {}

    @property
    def alive(self) -> int:
        """Number of processes that run."""
        return len(self._running)

    @property
    def longest_wait(self) -> float:
        """Seconds that the upload that has waited longest for a process has waited so far."""
        return time.monotonic() - min(self._waiting.values()) if self._waiting else 0.0

    def start(self) -> None:
        """Starts the processes that are missing, in the background."""
        for _ in range(self._size - len(self._running) - len(self._starting)):
            task = asyncio.create_task(self._start_one())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def stop(self) -> None:
        """Kills the processes and waits until they are gone."""
        starting = list(self._starting)
        for task in starting:
            task.cancel()
        for decoder in list(self._running):
            self._end(decoder)
        await asyncio.gather(*starting, *self._ending, return_exceptions=True)

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[DecoderProcess]:
        """Lends a process; one that is given back in the middle of a job is killed and replaced.

        Raises:
            BusyError: Too many uploads wait for one.
        """
        if self._most_waiting is not None and len(self._waiting) >= self._most_waiting:
            raise BusyError(
                "Too many large or slow photographs are waiting: try again in a moment.", retry_after=_RETRY_AFTER
            )
        self.start()
        decoder = await self._next()
        try:
            yield decoder
        finally:
            if decoder.usable:
                self._idle.put_nowait(decoder)
            else:
                self._end(decoder)
                self.start()

    async def _next(self) -> DecoderProcess:
        ticket = object()
        self._waiting[ticket] = time.monotonic()
        try:
            while not (decoder := await self._idle.get()).usable:  # it ended while nobody used it
                self._end(decoder)
                self.start()
            return decoder
        finally:
            del self._waiting[ticket]

    def _end(self, decoder: DecoderProcess) -> None:
        decoder.kill()
        self._running.discard(decoder)
        task = asyncio.create_task(decoder.wait())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _start_one(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                decoder = await DecoderProcess.start(megabytes=self._megabytes, niceness=self._niceness)
            except (DecoderDiedError, TimeoutError):
                _LOG.error("a decoding process could not be started; the next attempt follows in %g seconds", pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            # In one step, because `start` counts both.
            self._starting.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._running.add(decoder)
            self._idle.put_nowait(decoder)
            return
