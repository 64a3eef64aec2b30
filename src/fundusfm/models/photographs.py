"""Which photographs a model was trained on: what a bundle remembers so that a leak is found by photograph.

`photographs.safetensors` holds eight bytes of each file's SHA-256, which find the same file in any store, and a
sketch of 256 bits, which finds copies that were resized, flipped or compressed again. No photograph can be got back
from either. A third tensor tells photographs that only the head was fitted on: whoever takes the backbone alone may
still test it on them.
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
_SHAPES = {"files": (_HASH_BYTES,), "sketches": (BITS // 8,)}
_HEAD = "head"


@dataclass(frozen=True)
class TrainingPhotographs:
    """Photographs that weights were fitted on, or that chose an epoch.

    Attributes:
        files: uint8 (n, 8), the beginning of each file's SHA-256.
        sketches: uint8 (n, 32), see `fundusfm.data.store.sketch`.
        head: bool (n,), whether the backbone never saw the photograph.
    """

    files: NDArray[np.uint8]
    sketches: NDArray[np.uint8]
    head: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.files)

    @classmethod
    def of(cls, stores: Sequence[Store], *, head: bool = False) -> "TrainingPhotographs":
        """Describes all photographs of some stores, seen by the whole network or by its head alone."""
        return cls(
            np.concatenate([file_hashes(store) for store in stores]),
            np.concatenate([cached_sketches(store)[:, 0] for store in stores]),
            np.full(sum(map(len, stores)), head),
        )

    @property
    def of_backbone(self) -> "TrainingPhotographs":
        """Those that the backbone was fitted on."""
        return TrainingPhotographs(self.files[~self.head], self.sketches[~self.head], self.head[~self.head])

    def joined(self, other: "TrainingPhotographs | None") -> "TrainingPhotographs":
        """Returns these and others, each once; what one of the backbones was fitted on comes before heads."""
        if other is None:
            return self
        files, sketches = np.concatenate([other.files, self.files]), np.concatenate([other.sketches, self.sketches])
        head = np.concatenate([other.head, self.head])
        order = np.argsort(head, kind="stable")
        first = order[np.sort(np.unique(files[order], axis=0, return_index=True)[1])]
        return TrainingPhotographs(files[first], sketches[first], head[first])


def write_photographs(folder: Path, photographs: TrainingPhotographs) -> None:
    """Writes `photographs.safetensors` into a bundle folder, atomically."""
    tensors = {name: np.ascontiguousarray(getattr(photographs, name)) for name in _SHAPES}
    if photographs.head.any():
        tensors[_HEAD] = photographs.head.astype(np.uint8)
    write_atomic(folder / PHOTOGRAPHS, save(tensors))


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
    if "files" in tensors:
        tensors.setdefault(_HEAD, np.zeros(len(tensors["files"]), np.uint8))
    found = {name: tensor.shape[1:] for name, tensor in tensors.items() if tensor.dtype == np.uint8}
    if found != _SHAPES | {_HEAD: ()} or len({len(t) for t in tensors.values()}) != 1:
        raise WeightsError(f"{path} does not hold hashes and sketches of photographs; copy the bundle again.")
    return TrainingPhotographs(tensors["files"], tensors["sketches"], tensors[_HEAD].astype(bool))


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
