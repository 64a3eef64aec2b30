"""A store: a data set decoded, cropped and resized once, read at random without being held in memory."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import fsspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV
from fundusfm.data.manifest.table import FIRST_ROW, split_name
from fundusfm.data.store.format import (
    HEADER,
    INDEX,
    PLAN,
    StoreHeader,
    parse_header,
    shard_name,
)
from fundusfm.data.store.shard import Shard
from fundusfm.errors import StoreError
from fundusfm.parquet import read_parquet

_HOW = "Build it with: fundusfm data prepare MANIFEST --size S --out DIR"


class Store:
    """Square photographs of one size with their manifest's columns; use `open_store`.

    A store can be pickled: only paths and the table travel, shards are opened where they are read.

    Attributes:
        path: Its folder, or URL.
        name: The data set's name.
        header: What all its photographs have in common.
        frame: One row per photograph: the manifest's columns as text (empty = unknown), `source` (path of the
            original), `sha256` (of the original file), `height`, `width`, `fov_x`, `fov_y`, `fov_radius` (original
            pixels), `fov_found`, `fov_reason`. Its index counts the manifest's rows from 0, so that messages name the
            manifest's row; address rows by position.
    """

    def __init__(
        self, path: Path | str, name: str, header: StoreHeader, frame: pd.DataFrame, places: NDArray[np.int64]
    ) -> None:
        self.path = path
        self.name = name
        self.header = header
        self.frame = frame
        self._places = places  # (rows, 2): shard, row in it
        self._shards: dict[int, Shard] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"Store({self.name}: {len(self)} photographs of {self.header.size} px, {self.path})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_shards": {}}

    def encoded(self, position: int) -> bytes:
        """Returns the JPEG of one photograph.

        Raises:
            StoreError: Its shard is missing or damaged.
        """
        shard, place = (int(value) for value in self._places[position])
        with _damage(self.path, shard_name(shard)):
            if shard not in self._shards:
                self._shards[shard] = _open_shard(self.path, shard)
            return self._shards[shard].encoded(place)

    def image(self, position: int) -> NDArray[np.uint8]:
        """Decodes one photograph to uint8 (size, size, 3), RGB.

        Raises:
            StoreError: Its shard is missing or damaged.
        """
        image = cv2.imdecode(np.frombuffer(self.encoded(position), np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise StoreError(
                f"{self.path}: the image of manifest row {self.frame.index[position] + FIRST_ROW} is "
                "damaged; build the store again with --overwrite.",
                code="DAMAGED",
            )
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image), dtype=np.uint8)

    def crop(self, position: int) -> Crop:
        """Returns the geometry of one photograph: crop pixels to original pixels and back."""
        row = self.frame.iloc[position]
        fov = FOV(
            float(row["fov_x"]),
            float(row["fov_y"]),
            float(row["fov_radius"]),
            bool(row["fov_found"]),
            str(row["fov_reason"]),
        )
        return Crop(fov, self.header.size)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.integer] | Sequence[int]) -> "Store":
        """Returns a view of some rows, by mask or by positions; images are not copied."""
        chosen = np.asarray(rows)
        if chosen.dtype == np.bool_ and len(chosen) != len(self):
            raise ValueError(f"a mask of {len(chosen)} for {len(self)} rows")
        if not len(chosen):
            chosen = chosen.astype(np.int64)
        view = Store(
            self.path,
            self.name,
            self.header,
            self.frame[chosen] if chosen.dtype == np.bool_ else self.frame.iloc[chosen],
            self._places[chosen],
        )
        view._shards = self._shards
        return view

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the header, and of file and geometry of every photograph in this view, in order."""
        digest = hashlib.sha256(repr(sorted(asdict(self.header).items())).encode())
        for row in self.frame[["sha256", "fov_x", "fov_y", "fov_radius"]].itertuples(index=False, name=None):
            digest.update(repr(row).encode())
        return digest.hexdigest()


def open_store(source: str) -> Store:
    """Opens a store.

    Args:
        source: Folder or fsspec URL, or `NAME=PATH` to name the data set.

    Raises:
        StoreError: There is none, it is unfinished, damaged or of another format.
    """
    name, location = split_name(source)
    path: Path | str = location if "://" in location else Path(location).expanduser()
    header = parse_header(_read(path, HEADER, _explain_missing(path)), f"{path}/{HEADER}")
    index = _read(path, INDEX, f"{path} has no {INDEX}: build the store again with --overwrite.")
    try:
        frame = read_parquet(index)
    except ValueError as error:
        raise StoreError(
            f"{path}/{INDEX} is damaged ({error}): build the store again with --overwrite.", code="DAMAGED"
        ) from error
    places = frame[["shard", "place"]].to_numpy(np.int64)
    frame.index = pd.Index(frame.pop("row") - FIRST_ROW, name=None)
    frame = frame.drop(columns=["shard", "place"])
    return Store(path, name or header.dataset, header, frame, places)


def _explain_missing(path: Path | str) -> str:
    if isinstance(path, Path):
        if path.is_file():
            return f"{path} is a file, not a store (a folder with {HEADER}). {_HOW}"
        if (path / PLAN).exists():
            return f"The store {path} is unfinished: finish it with the same fundusfm data prepare and --resume."
        if path.is_dir():
            return f"{path} is a folder without {HEADER}, so it is no store. {_HOW}"
    return f"There is no store at {path}. {_HOW}"


def _read(path: Path | str, file: str, missing: str) -> bytes:
    try:
        if isinstance(path, Path):
            return (path / file).read_bytes()
        with fsspec.open(f"{path.rstrip('/')}/{file}", "rb") as opened:
            return bytes(opened.read())
    except (FileNotFoundError, NotADirectoryError):
        raise StoreError(missing, code="MISSING") from None
    except (OSError, ValueError, ImportError) as error:
        raise StoreError(f"{path}/{file} cannot be read ({error}).") from error


def _open_shard(path: Path | str, number: int) -> Shard:
    """Opens a shard: where it is where it is a local file, else fetched whole."""
    name = shard_name(number)
    if isinstance(path, Path):
        return Shard(path / name)
    return Shard(_read(path, name, _lacks(path, name)))


@contextmanager
def _damage(path: Path | str, name: str) -> Iterator[None]:
    """Says that a shard is missing or damaged."""
    try:
        yield
    except FileNotFoundError:
        raise StoreError(_lacks(path, name), code="MISSING") from None
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path}/{name} is damaged ({error}): build the store again with --overwrite.", code="DAMAGED"
        ) from error


def _lacks(path: Path | str, name: str) -> str:
    return f"{path} lacks {name}: build the store again with --overwrite."
