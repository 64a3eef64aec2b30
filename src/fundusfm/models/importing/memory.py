"""How much memory a file from elsewhere may take while it is read."""

from contextlib import AbstractContextManager
from pathlib import Path

from fundusfm.platforms import memory_bound

_TIMES, _MORE = 4, 1 << 29


def reading_bound(path: Path) -> AbstractContextManager[None]:
    """Bounds memory to four times the file's size, and half a gibibyte for the reader; see `memory_bound`."""
    return memory_bound(bound_for(path))


def bound_for(path: Path) -> int:
    """Returns the bytes that reading a file may take."""
    return _TIMES * path.stat().st_size + _MORE
