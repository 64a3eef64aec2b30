"""Work in processes: results in order, a bounded number of items under way."""

import itertools
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from fundusfm.errors import StoreError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 8


def ordered_map(function: Callable[[Item], Result], items: Iterable[Item], *, workers: int) -> Iterator[Result]:
    """Yields `function(item)` for every item, in order.

    Args:
        function: Picklable where `workers` > 1.
        items: Drawn only `8 * workers` ahead of what has been taken.
        workers: Processes; 1 computes in this one.

    Raises:
        StoreError: A worker process died.
    """
    if workers == 1:
        yield from map(function, items)
        return
    remaining = iter(items)
    # "spawn" shares no locks or threads with this process, so it is safe beside torch and OpenCV.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=enter_worker) as pool:
        try:
            pending: deque[Future[Result]] = deque(
                pool.submit(function, item) for item in itertools.islice(remaining, _AHEAD * workers)
            )
            while pending:
                yield pending.popleft().result()
                pending.extend(pool.submit(function, item) for item in itertools.islice(remaining, 1))
        except BrokenProcessPool as error:
            raise StoreError(
                "A worker process died, most likely for want of memory: finished shards are kept; run "
                "again with --resume and fewer --workers. (From a script, guard the call with "
                '`if __name__ == "__main__":`.)'
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def enter_worker() -> None:
    """Prepares a worker process: one thread for OpenCV, and an end as soon as its parent is gone."""
    # One process per core already: threads of OpenCV would only compete.
    import cv2

    cv2.setNumThreads(1)
    # The workers of a pool whose owner was killed wait for work forever.
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
