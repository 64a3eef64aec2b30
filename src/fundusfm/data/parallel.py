"""Work in processes: results in order, a bounded number of items under way, and an end to items that never end.

The processes are loky's: they import the module of the function that they are to run, and never the `__main__` of the
user. A plain script, a notebook cell and `python -c` may therefore call everything here without a guard.
"""

import functools
import itertools
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, TypeVar

from fundusfm.errors import StoreError
from fundusfm.platforms import cores, end_after, end_not, keep_memory, limit_memory

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")
Lost = Callable[[Item, str], Result]

DEADLINE = 120.0
"""Seconds that one file may take; the largest photographs take about one."""

MEMORY = 4 << 30
"""Bytes that a worker may take beyond what it starts with."""

_KEPT, _LARGEST_KEPT = 64 << 20, 32 << 20
"""Bytes that stay with a process though they are free, and of the largest array among them."""

_AHEAD = 8
_WORTH_PROCESSES = 64
_BETWEEN_LOOKS = 1.0
_WHY = (
    "ended the process that worked on it: it takes more than {seconds:.0f} s or more memory than there is. Export it "
    "again, smaller"
)


def worker_count(asked: int | None, items: int) -> int:
    """Returns how many processes to start for some items.

    Args:
        asked: What the user asked for; None for one per core.
        items: How many there are.

    Returns:
        0, which means to work in this process, where one is asked for, or where starting processes would take longer
        than it saves and nobody asked.
    """
    if asked is None:
        return min(cores(), items) if items >= _WORTH_PROCESSES else 0
    return 0 if asked == 1 else min(asked, max(1, items))


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int,
    lost: "Lost[Item, Result] | None" = None,
    deadline: float = DEADLINE,
    light: Callable[[Item], bool] | None = None,
) -> Iterator[Result]:
    """Yields `function(item)` for every item, in order.

    An item whose work kills its process, or takes too long, costs no other item its result.

    Args:
        function: Picklable where `workers` > 0.
        items: Drawn only `8 * workers` ahead of what has been taken.
        workers: Processes; 0 computes in this one.
        lost: Makes the result of an item that killed its process, from the item and the reason.
        deadline: Seconds that one item may take.
        light: With 0 workers, which items are computed in this process, where nothing can end them; the others get a
            process with a deadline and a limit of memory. All of them where not given.

    Raises:
        StoreError: A worker process died, and there is no `lost`.
    """
    work = functools.partial(_bounded, function, deadline)
    if workers == 0:
        yield from map(function, items) if light is None else _here(function, work, items, light, lost, deadline)
        return
    remaining = iter(items)
    pool = new_pool(workers)
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    try:
        while True:
            for item in itertools.islice(remaining, _AHEAD * workers - len(waiting)):
                waiting.append((item, _submit(pool, work, item)))
            if not waiting:
                return
            item, future = waiting.popleft()
            try:
                result = future.result()
            except BrokenProcessPool as error:
                # Every item under way is suspect: this one is tried alone, the others again together.
                pool.shutdown(wait=True, kill_workers=True)
                result = _alone(work, item, lost, deadline, error)
                pool = new_pool(workers)
                waiting = deque(
                    (other, done if _succeeded(done) else _submit(pool, work, other)) for other, done in waiting
                )
            yield result
    finally:
        pool.shutdown(wait=True, kill_workers=bool(waiting))


def _here(
    function: Callable[[Item], Result],
    work: Callable[[Item], Result],
    items: Iterable[Item],
    light: Callable[[Item], bool],
    lost: "Lost[Item, Result] | None",
    deadline: float,
) -> Iterator[Result]:
    """Computes light items in this process and the others, one by one, in another."""
    pool: ProcessPoolExecutor | None = None
    try:
        for item in items:
            if light(item):
                yield function(item)
                continue
            pool = pool or new_pool(1)
            try:
                result: Result = pool.submit(work, item).result()
            except BrokenProcessPool as error:
                pool.shutdown(wait=True, kill_workers=True)
                pool = None
                result = _lost(item, lost, deadline, error)
            yield result
    finally:
        if pool is not None:
            pool.shutdown(wait=True, kill_workers=True)


def new_pool(workers: int) -> "ProcessPoolExecutor":
    """Returns a pool of processes that end when this one does."""
    from loky import ProcessPoolExecutor

    return ProcessPoolExecutor(workers, initializer=enter_worker, initargs=(os.getpid(),))


def enter_worker(parent: int) -> None:
    """Prepares a worker process: see `settle`, a limit to its memory, and an end with its parent.

    Args:
        parent: Process id of its owner.
    """
    settle()
    # Ctrl-C reaches all processes of a terminal; the owner decides what becomes of the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_memory(MEMORY)
    end_with(parent)


def settle() -> None:
    """Prepares this process for one photograph after the other: one thread for OpenCV, and memory that stays.

    Every photograph needs the same few arrays of some megabytes; to get them from the system each time takes a
    fifteenth of the time of `data prepare`.
    """
    # One process per core already: threads of OpenCV would only compete.
    import cv2

    cv2.setNumThreads(1)
    keep_memory(free=_KEPT, largest=_LARGEST_KEPT)


def end_with(parent: int) -> None:
    """Ends this process soon after its parent, however that ended: the workers of a killed owner wait for ever.

    Args:
        parent: Its process id.
    """
    if os.name != "posix":  # elsewhere the worker's pipe closes with its owner
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_BETWEEN_LOOKS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _bounded(function: Callable[[Item], Result], deadline: float, item: Item) -> Result:
    """Runs the function, and ends this process after the deadline."""
    end_after(deadline)
    try:
        return function(item)
    finally:
        end_not()


def _submit(pool: "ProcessPoolExecutor", work: Callable[[Item], Result], item: Item) -> "Future[Result]":
    try:
        future: Future[Result] = pool.submit(work, item)
    except BrokenProcessPool as error:  # a process died since the last result was taken
        future = Future()
        future.set_exception(error)
    return future


def _succeeded(future: "Future[Result]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _alone(
    work: Callable[[Item], Result],
    item: Item,
    lost: "Lost[Item, Result] | None",
    deadline: float,
    error: BrokenProcessPool,
) -> Result:
    pool = new_pool(1)
    try:
        result: Result = pool.submit(work, item).result()
        return result
    except BrokenProcessPool:
        return _lost(item, lost, deadline, error)
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def _lost(item: Item, lost: "Lost[Item, Result] | None", deadline: float, error: BrokenProcessPool) -> Result:
    """Returns the result of an item that ended its process."""
    if lost is None:
        raise StoreError(
            "A worker process died, most likely for want of memory: what is finished is kept; run again with "
            "--resume and fewer --workers."
        ) from error
    return lost(item, _WHY.format(seconds=deadline))
