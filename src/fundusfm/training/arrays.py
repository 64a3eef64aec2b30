"""NumPy arrays on disk that may be computed again: written atomically, and never trusted when damaged."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundusfm.runs import write_atomic


def write_array(path: Path, values: NDArray[np.float32]) -> None:
    """Writes an array, atomically; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, array_bytes(values))


def array_bytes(values: NDArray[np.float32]) -> bytes:
    """Returns an array as the content of a file."""
    content = io.BytesIO()
    np.save(content, values, allow_pickle=False)
    return content.getvalue()


def hash_arrays(*arrays: NDArray[Any]) -> str:
    """Returns a SHA-256 of the values of arrays, numbers or texts."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}".encode())
        if array.dtype == object:
            digest.update("\n".join(map(str, array.tolist())).encode("utf-8", "surrogateescape"))
        else:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def read_array(path: Path, *, rows: int, log_line: Callable[[str], None]) -> NDArray[np.float32] | None:
    """Returns an array that was written before; None where there is none that is whole, so that it is computed.

    Args:
        path: The file.
        rows: Rows that it must have.
        log_line: Receives a sentence about a damaged file.
    """
    if not path.exists():
        return None
    try:
        values = np.load(path, allow_pickle=False)
        if values.dtype != np.float32 or values.ndim != 2 or len(values) != rows:
            raise ValueError(f"{values.dtype} {values.shape} in place of float32 with {rows} rows")
    except (OSError, ValueError, EOFError) as error:
        log_line(f"WARNING: {path} is damaged ({error}), so it is computed again")
        return None
    whole: NDArray[np.float32] = values
    return whole
