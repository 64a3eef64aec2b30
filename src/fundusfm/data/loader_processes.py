"""Processes that load batches for training: each starts anew, and none runs the user's script.

A process that has threads, as PyTorch and OpenCV start them, must not be forked: a thread that held a lock is
missing in the copy, which then waits for it for ever. Python warns of this since 3.12. Where the system can, a small
server that has only imported what a loader needs is copied (`forkserver`), which costs its start once;
on Windows every process imports it (`spawn`). Both methods would first run the `__main__` of the user, so that a script
that trains at its top level would start itself again; here they are not told of it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from fundusfm.data.parallel import settle

if sys.platform == "win32":
    from multiprocessing.context import SpawnContext as _Context
    from multiprocessing.context import SpawnProcess as _Process
else:
    from multiprocessing.context import ForkServerContext as _Context
    from multiprocessing.context import ForkServerProcess as _Process

_IMPORTED = ["fundusfm.data.store.loader"]


class LoaderProcess(_Process):
    """A process that does not import the user's script."""

    def start(self) -> None:
        """Starts it."""
        with _no_script():
            super().start()


class LoaderContext(_Context):
    """What PyTorch's `DataLoader` takes as `multiprocessing_context`."""

    Process = LoaderProcess


def loader_context(workers: int) -> LoaderContext | None:
    """Returns how a loader starts its processes; None where it has none.

    Args:
        workers: Number of processes.
    """
    if not workers:
        return None
    context = LoaderContext()
    if sys.platform != "win32":
        context.set_forkserver_preload(_IMPORTED)
    return context


def enter_loader(worker: int) -> None:
    """Prepares a loader process, as `worker_init_fn` of a `DataLoader`; see `settle`.

    Args:
        worker: Its number.
    """
    settle()


@contextmanager
def _no_script() -> Iterator[None]:
    """Hides `__main__`, from which `multiprocessing` learns what a new process is to import."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
