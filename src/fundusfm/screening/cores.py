"""Cores shared between the processes that decode and the threads of the network."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import torch

from fundusfm.screening.pipeline import Result

_MUCH = 0.05
"""Share of the time spent waiting for photographs from which on decoding is what takes long."""


class SharedCores:
    """Gives the network all threads while it is the slower part, and half of them while decoding is.

    A small network waits for large photographs, and its second thread takes a core from the processes that decode them.
    A large network needs all cores. The time that the network waits shows which of the two it is.

    Args:
        workers: Processes that decode; with none there is nothing to share.
    """

    def __init__(self, workers: int) -> None:
        self._all = torch.get_num_threads()
        self._half = max(1, self._all // 2) if workers else self._all
        self._waited = 0.0
        self._since = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        torch.set_num_threads(self._all)

    def waits_for(self, photographs: Iterator[Result]) -> Iterator[Result]:
        """Yields the photographs, and records how long each was waited for."""
        while True:
            started = time.perf_counter()
            try:
                photograph = next(photographs)
            except StopIteration:
                return
            self._waited += time.perf_counter() - started
            yield photograph

    def settle(self) -> None:
        """Chooses the number of threads from the waits since the last call; to be called before a batch is scored."""
        now = time.perf_counter()
        waits = self._waited > _MUCH * (now - self._since)
        torch.set_num_threads(self._half if waits else self._all)
        self._waited, self._since = 0.0, now
