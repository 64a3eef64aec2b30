"""What only some operating systems have: limits of a process, its priority, its cores, the machine's memory.

Nothing outside this module imports a POSIX-only module or calls a POSIX-only function, which a test checks. Where a
system lacks something, the function here does nothing, or does it another way, as its docstring says.
"""

import contextlib
import ctypes
import faulthandler
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Any

_STATM = Path("/proc/self/statm")
_SIZE, _DATA = 0, 5
"""Places in `/proc/self/statm` of the address space, and of data and stack; in pages."""

_CONTAINER = Path("/sys/fs/cgroup/memory.max")

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Numbers of these settings in `mallopt`."""


def cores() -> int:
    """Returns how many cores this process may use; where the system does not say, all of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main_memory() -> int | None:
    """Returns the bytes of memory that the machine, or this container, has; None where the system does not say."""
    total: int | None = None
    with contextlib.suppress(AttributeError, ValueError, OSError):
        total = _windows_memory() if sys.platform == "win32" else _posix_memory()
    if _CONTAINER.exists() and (limit := _CONTAINER.read_text(encoding="ascii").strip()).isdigit():
        total = min(total or int(limit), int(limit))
    return total


def _posix_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _windows_memory() -> int | None:
    """Asks Windows, which answers in KiB, and not at all where the machine's firmware is silent."""
    kibibytes = ctypes.c_ulonglong(0)
    library: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined, unused-ignore]
    found = library.GetPhysicallyInstalledSystemMemory(ctypes.byref(kibibytes))
    return kibibytes.value * 1024 if found else None


def open_file_limit() -> int | None:
    """Returns how many files this process may have open; None where that is not limited."""
    if (resource := _resource()) is None:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else int(soft)


def allow_open_files(wanted: int) -> None:
    """Raises the limit of open files, as far as the system lets this process; it never lowers it."""
    if (resource := _resource()) is None or (now := open_file_limit()) is None or now >= wanted:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(OSError, ValueError):  # macOS has a limit of the whole system below it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def limit_memory(extra: int) -> None:
    """Bounds the memory of this process for good; what asks for more raises `MemoryError`.

    Only Linux counts what a process has and enforces the bound; elsewhere this does nothing.

    Args:
        extra: Bytes that the process may take beyond what it has now.
    """
    if (resource := _resource()) is None or (used := _used(_DATA, resource)) is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = used + extra if hard == resource.RLIM_INFINITY else min(used + extra, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def keep_memory(*, free: int, largest: int) -> None:
    """Lets this process keep memory that it has freed, where the C library is glibc; elsewhere this does nothing.

    glibc gives large arrays back to the system as soon as they are free, and getting one again costs a page fault per
    4 kB.

    Args:
        free: Bytes at the end of the heap that stay with the process though they are free.
        largest: Bytes of the largest array that is kept at all. Both are below 2 GiB (see `man mallopt`).
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, free)
        library.mallopt(_MMAP_THRESHOLD, largest)


@contextmanager
def memory_bound(extra: int) -> Iterator[None]:
    """Lets this process take up some more memory and no more; what asks for more raises `MemoryError`.

    The bound is on address space and holds for all threads, so it is for commands, not for servers. Only Linux enforces
    it; elsewhere nothing is bounded.

    Args:
        extra: Bytes that may be added to what the process has now.
    """
    if (resource := _resource()) is None or (used := _used(_SIZE, resource)) is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [used + extra, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def leave_no_core_file() -> None:
    """Keeps the system from writing this process's memory, in which photographs are, to a file when it crashes."""
    if (resource := _resource()) is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def give_way(niceness: int) -> None:
    """Lowers the priority of this process by so many steps; nothing on Windows, which counts otherwise."""
    if hasattr(os, "nice"):
        os.nice(niceness)


def apart_from_terminal() -> dict[str, Any]:
    """Returns the options of `subprocess` by which Ctrl-C at the terminal does not reach the new process."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def end_after(seconds: float) -> None:
    """Ends this process with code 1 when the time is over, whatever it does then; a second call replaces the first.

    The clock is a thread that needs no lock of Python's, so it also ends a decoder written in C. `end_not` stops it.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere())


def end_not() -> None:
    """Stops the clock of `end_after`."""
    faulthandler.cancel_dump_traceback_later()


@functools.cache
def _nowhere() -> IO[str]:
    return Path(os.devnull).open("w", encoding="utf-8")


def _resource() -> ModuleType | None:
    """Returns the module of limits, which Windows lacks."""
    try:
        import resource
    except ImportError:
        return None
    return resource


def _used(place: int, resource: ModuleType) -> int | None:
    """Returns the bytes of one kind of memory that this process has; None where the system does not tell."""
    if not _STATM.exists():
        return None
    return int(_STATM.read_text(encoding="ascii").split()[place]) * int(resource.getpagesize())


def hang_up_signal() -> int | None:
    """Returns the number of SIGHUP, by which services are told to read their files again; None on Windows."""
    found = getattr(signal, "SIGHUP", None)
    return None if found is None else int(found)
