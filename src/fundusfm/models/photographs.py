"""Which photographs a model was trained on: what a bundle remembers so that a leak is found by photograph.

`photographs.safetensors` holds eight bytes of each file's SHA-256, which find the same file in any store, and a
sketch of 256 bits, which finds copies that were resized, flipped or compressed again. No photograph can be got back
from either.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from fundusfm.data.store.reader import Store
from fundusfm.data.store.sketch import BITS, sketch_store
from fundusfm.errors import WeightsError
from fundusfm.models.listing import cache_folder
from fundusfm.runs import write_atomic, write_cached

PHOTOGRAPHS = "photographs.safetensors"

_HASH_BYTES = 8
_SHAPES = {"files": _HASH_BYTES, "sketches": BITS // 8}


@dataclass(frozen=True)
class TrainingPhotographs:
    """Photographs that weights were fitted on, or that chose an epoch.

    Attributes:
        files: uint8 (n, 8), the beginning of each file's SHA-256.
        sketches: uint8 (n, 32), see `fundusfm.data.store.sketch`.
    """

    files: NDArray[np.uint8]
    sketches: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.files)

    @classmethod
    def of(cls, stores: Sequence[Store]) -> "TrainingPhotographs":
        """Describes all photographs of some stores."""
        return cls(
            np.concatenate([file_hashes(store) for store in stores]),
            np.concatenate([cached_sketches(store)[:, 0] for store in stores]),
        )

    def joined(self, other: "TrainingPhotographs | None") -> "TrainingPhotographs":
        """Returns these and others, each once."""
        if other is None:
            return self
        files, sketches = np.concatenate([other.files, self.files]), np.concatenate([other.sketches, self.sketches])
        first = np.sort(np.unique(files, axis=0, return_index=True)[1])
        return TrainingPhotographs(files[first], sketches[first])


def write_photographs(folder: Path, photographs: TrainingPhotographs) -> None:
    """Writes `photographs.safetensors` into a bundle folder, atomically."""
    write_atomic(
        folder / PHOTOGRAPHS, save({name: np.ascontiguousarray(getattr(photographs, name)) for name in _SHAPES})
    )


def read_photographs(folder: Path) -> TrainingPhotographs | None:
    """Reads a bundle's list of photographs; None where it has none, as bundles of other origin.

    Raises:
        WeightsError: The file is damaged.
    """
    path = folder / PHOTOGRAPHS
    if not path.exists():
        return None
    try:
        tensors = load(path.read_bytes())
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); copy the bundle again.") from error
    found = {name: tensor.shape[1:] for name, tensor in tensors.items() if tensor.dtype == np.uint8}
    if found != {name: (width,) for name, width in _SHAPES.items()} or len({len(t) for t in tensors.values()}) != 1:
        raise WeightsError(f"{path} does not hold hashes and sketches of photographs; copy the bundle again.")
    return TrainingPhotographs(**tensors)


def file_hashes(store: Store) -> NDArray[np.uint8]:
    """Returns the beginning of the SHA-256 of every photograph's file, uint8 (rows, 8)."""
    text = "".join(str(value)[: 2 * _HASH_BYTES] for value in store.frame["sha256"])
    return np.frombuffer(bytes.fromhex(text), np.uint8).reshape(-1, _HASH_BYTES)


def cached_sketches(store: Store) -> NDArray[np.uint8]:
    """Returns the sketches of a store in all orientations, uint8 (rows, 4, 32), from the cache where they are there."""
    path = cache_folder() / "sketches" / f"{store.hash[:32]}.npy"
    try:
        kept: NDArray[np.uint8] = np.load(path, allow_pickle=False)
        if kept.dtype == np.uint8 and kept.shape == (len(store), 4, BITS // 8):
            return kept
    except (OSError, ValueError, EOFError):
        pass  # there are none, or they are damaged
    sketches = sketch_store(store)
    write_cached(path, _npy(sketches))
    return sketches


def _npy(values: NDArray[np.uint8]) -> bytes:
    content = io.BytesIO()
    np.save(content, values, allow_pickle=False)
    return content.getvalue()
