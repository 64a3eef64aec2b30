"""Files of weights: which there are, and `model.safetensors` of a bundle, held against its hash without PyTorch."""

import hashlib
import json
import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from fundusfm.errors import WeightsError

WEIGHTS = "model.safetensors"
WEIGHTS_SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".pickle", ".pkl", ".ckpt")
"""How the names of files of weights end, those of other projects included."""

HASH = "fundusfm.weights"
"""Key of the weights' hash in the file's metadata."""

_LENGTH = 8
"""Bytes at the start of a file that tell the length of its header."""

_TORCH_NAMES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def is_weights_file(path: str | Path) -> bool:
    """Whether there is a file of weights, by its name."""
    return Path(path).suffix.lower() in WEIGHTS_SUFFIXES and Path(path).is_file()


def checked_hash(folder: Path) -> str:
    """Returns the hash of a bundle's weights: a SHA-256 over names, shapes, types and values, in the order of names.

    Args:
        folder: The bundle.

    Raises:
        WeightsError: The file is missing or damaged, also where a single bit has changed since it was written.
    """
    path = folder / WEIGHTS
    try:
        with safe_open(path, framework="numpy") as file:  # refuses a header that does not fit the file
            written = (file.metadata() or {}).get(HASH)
        with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _digest(content)
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); copy the bundle again.") from error
    if written is not None and written != found:
        raise WeightsError(
            f"{path} is damaged: its weights are not those that were written. Copy the bundle again.", code="CHECKSUM"
        )
    return found


def read_tensor(folder: Path, name: str) -> NDArray[np.floating]:
    """Returns one tensor of a bundle's weights, in 32-bit floats.

    Raises:
        WeightsError: There is none of this name, or the file cannot be read.
    """
    path = folder / WEIGHTS
    try:
        with safe_open(path, framework="numpy") as file:
            return np.asarray(file.get_tensor(name), np.float32)
    except (SafetensorError, OSError, TypeError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); copy the bundle again.") from error


def _digest(content: mmap.mmap) -> str:
    start = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
    tensors: dict[str, dict[str, Any]] = json.loads(content[_LENGTH:start])
    digest = hashlib.sha256()
    with memoryview(content) as view:
        for name, tensor in sorted(tensors.items()):
            if name == "__metadata__":
                continue
            kind = _TORCH_NAMES.get(tensor["dtype"], tensor["dtype"])
            digest.update(f"{name}{tuple(tensor['shape'])}torch.{kind}".encode())
            first, last = tensor["data_offsets"]
            with view[start + first : start + last] as values:
                digest.update(values)
    return digest.hexdigest()
