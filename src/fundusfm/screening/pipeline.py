"""Decoding in worker processes while the network computes: results in order, a bounded number under way.

A file that kills the process which decodes it is one failed row, not the end of the run.
"""

import functools
import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from fundusfm.data.inputs.source import Source
from fundusfm.data.parallel import enter_worker
from fundusfm.errors import DecodeError
from fundusfm.screening.prepare import Prepared, Unreadable, prepare

Result = Prepared | Unreadable
Work = Callable[[Source], Result]

_AHEAD = 8
_MOST_WORKERS = 8


def default_workers() -> int:
    """Returns how many processes decode: one per core, and at most 8; see `share_cores` for the network."""
    return min(_MOST_WORKERS, os.cpu_count() or 1)


def read_and_prepare(source: Source, sizes: Sequence[int]) -> Result:
    """Reads, decodes and crops one photograph; every fault of the file is an `Unreadable`."""
    try:
        photograph = source.read()
    except DecodeError as error:
        return Unreadable(source.name, str(error))
    return prepare(photograph, sizes)


def prepared(sources: Iterable[Source], sizes: Sequence[int], *, workers: int) -> Iterator[Result]:
    """Yields the prepared photographs in order.

    Args:
        sources: Drawn only `8 * workers` ahead of what has been taken.
        sizes: Sides of the crops.
        workers: Processes; 0 works in this one.
    """
    work: Work = functools.partial(read_and_prepare, sizes=tuple(sizes))
    if workers == 0:
        yield from map(work, sources)
        return
    remaining = iter(sources)
    pool = _new_pool(workers)
    waiting: deque[tuple[Source, Future[Result]]] = deque()
    try:
        while True:
            for source in itertools.islice(remaining, _AHEAD * workers - len(waiting)):
                waiting.append((source, _submit(pool, work, source)))
            if not waiting:
                return
            source, future = waiting.popleft()
            try:
                result = future.result()
            except BrokenProcessPool:
                # Every photograph under way is suspect: this one is tried alone, the others again together.
                pool.shutdown(wait=True, cancel_futures=True)
                result = _alone(work, source)
                pool = _new_pool(workers)
                waiting = deque(
                    (other, done if _succeeded(done) else _submit(pool, work, other)) for other, done in waiting
                )
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, work: Work, source: Source) -> "Future[Result]":
    try:
        return pool.submit(work, source)
    except BrokenProcessPool as error:  # a process died since the last result was taken
        future: Future[Result] = Future()
        future.set_exception(error)
        return future


def _succeeded(future: "Future[Result]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _alone(work: Work, source: Source) -> Result:
    with _new_pool(1) as pool:
        try:
            return pool.submit(work, source).result()
        except BrokenProcessPool:
            return Unreadable(
                source.name,
                f"{source.name} ended the process that decoded it, perhaps for want of "
                "memory: export it again, smaller.",
            )


def _new_pool(workers: int) -> ProcessPoolExecutor:
    # "spawn" shares no locks or threads with this process, so it is safe beside torch and OpenCV.
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=enter_worker)
