"""One thread that owns the network, and the queue before it; `Admission` bounds what may wait there.

Photographs of requests that come at the same time are scored as one batch: while a batch is computed the next one
gathers, so nothing is ever held back to wait for company.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from fundusfm.server.problems import BusyError

_LOG = logging.getLogger(__name__)
_RETRY_AFTER = 2

Row = dict[str, Any]
Screen = Callable[[Sequence[Any]], list[Row]]
"""Scores a batch of photographs: one row each, in order."""


@dataclass
class _Screening:
    photograph: Any
    screen: "Screen"
    future: "Future[Row]" = field(default_factory=Future)


@dataclass
class _Call:
    function: Callable[[], Any]
    future: "Future[Any]" = field(default_factory=Future)


class Worker:
    """Runs all work on the network, in order of arrival.

    Args:
        batch: Most photographs in a batch.
        on_batch: Is told the size of every batch.
    """

    def __init__(
        self,
        *,
        batch: int,
        on_batch: Callable[[int], None] = lambda size: None,
    ) -> None:
        self._batch = batch
        self._on_batch = on_batch
        self._waiting: deque[_Screening | _Call] = deque()
        self._ready = threading.Condition()
        self._stopping = False
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def busy_seconds(self) -> float:
        """Seconds since the thread began what it is doing; 0 while it waits for work."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def screen(self, photograph: Any, screen: Screen) -> "Future[Row]":
        """Queues a photograph.

        Args:
            photograph: What to score.
            screen: What scores it; a batch holds photographs of one.

        Raises:
            BusyError: The worker has stopped.
        """
        job = _Screening(photograph, screen)
        self._add(job)
        return job.future

    def call(self, function: Callable[[], Any]) -> "Future[Any]":
        """Queues a call.

        Raises:
            BusyError: The worker has stopped.
        """
        job = _Call(function)
        self._add(job)
        return job.future

    def stop(self, *, patience: float | None = None) -> None:
        """Finishes what waits, then ends the thread.

        Args:
            patience: Most seconds to wait for it; what waits after that is cancelled. None waits for all of it.
        """
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join(patience)
        with self._ready:
            while self._waiting:
                self._waiting.popleft().future.cancel()

    def _add(self, job: _Screening | _Call) -> None:
        with self._ready:
            if self._stopping:
                raise BusyError("The server is stopping: send the request to another one.", retry_after=_RETRY_AFTER)
            self._waiting.append(job)
            self._ready.notify()

    def _run(self) -> None:
        while jobs := self._next():
            self._busy_since = time.monotonic()
            first = jobs[0]
            if isinstance(first, _Call):
                _settle(first.future, first.function)
            else:
                self._score([job for job in jobs if isinstance(job, _Screening)])
            self._busy_since = None

    def _next(self) -> list[_Screening | _Call]:
        """Waits for work: one call, or photographs up to a batch; nothing once the worker stops."""
        with self._ready:
            while True:
                jobs: list[_Screening | _Call] = []
                while self._waiting and len(jobs) < self._batch:
                    if jobs and not _go_together(jobs[0], self._waiting[0]):
                        break
                    job = self._waiting.popleft()
                    # A request that gave up has cancelled its futures: nothing is computed for it.
                    if not job.future.set_running_or_notify_cancel():
                        continue
                    jobs.append(job)
                    if isinstance(job, _Call):
                        break
                if jobs or self._stopping:
                    return jobs
                self._ready.wait()

    def _score(self, jobs: Sequence[_Screening]) -> None:
        self._on_batch(len(jobs))
        try:
            rows = jobs[0].screen([job.photograph for job in jobs])
            if len(rows) != len(jobs):
                raise RuntimeError(f"{len(jobs)} photographs gave {len(rows)} rows")
        except Exception as error:  # noqa: BLE001 - one photograph must not take its neighbours' rows with it
            if len(jobs) > 1:
                _LOG.warning("a batch of %d failed; each photograph is scored alone", len(jobs))
                for job in jobs:
                    self._score([job])
                return
            _LOG.exception("a photograph failed")
            rows = [failed_row(jobs[0].photograph.name, error)]
        for job, row in zip(jobs, rows, strict=True):
            job.future.set_result(row)


def _go_together(first: _Screening | _Call, other: _Screening | _Call) -> bool:
    """Whether two jobs are of one batch: photographs that the same network scores."""
    return isinstance(first, _Screening) and isinstance(other, _Screening) and first.screen == other.screen


def failed_row(name: str, error: Exception) -> Row:
    """Returns the row of a photograph that met a bug."""
    reason = f"{name} met an error in the program ({type(error).__name__}); its log says more."
    return {"image": name, "status": "failed", "reason": reason}


def _settle(future: "Future[Any]", function: Callable[[], Any]) -> None:
    try:
        result = function()
    except Exception as error:  # noqa: BLE001 - it is raised again where the future is awaited
        future.set_exception(error)
    else:
        future.set_result(result)
