"""One study per folder at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from fundusfm.errors import RunFolderError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds a study's folder; the lock goes with the process, however that ends.

    Two studies in one folder would train the same cell twice at once, each over the other's checkpoints.

    Args:
        folder: The study's folder, which exists.

    Raises:
        RunFolderError: Another process on this machine holds it.
    """
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise RunFolderError(
            f"Another fundusfm study is at work in {folder}: wait for its end, or give another --out."
        ) from error
