"""A bound on memory while something from elsewhere is read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATM = Path("/proc/self/statm")


_TIMES, _MORE = 4, 1 << 29


def bound_for(path: Path) -> int:
    """Returns the memory that reading a file may take: four times its size, and half a gibibyte for the reader."""
    return _TIMES * path.stat().st_size + _MORE


@contextmanager
def memory_bound(extra: int) -> Iterator[None]:
    """Lets this process take up some more memory and no more; what asks for more raises `MemoryError`.

    The bound is on address space and holds for all threads, so it is for commands, not for servers. Only Linux enforces
    it; elsewhere nothing is bounded.

    Args:
        extra: Bytes that may be added to what the process has now.
    """
    if sys.platform == "win32" or not _STATM.exists():
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    limits = [now + extra, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
