"""Writes a store shard by shard, so that a kill at any moment loses at most the shard in the making."""

import csv
import errno
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.data.manifest.table import FIRST_ROW
from fundusfm.data.store.convert import Converted
from fundusfm.data.store.format import (
    ADDED,
    FORMAT,
    HEADER,
    INDEX,
    PLAN,
    REJECTED,
    ROWS_PER_SHARD,
    StoreHeader,
    shard_name,
)
from fundusfm.data.store.shard import Record, Shard, write_shard
from fundusfm.errors import DecodeError, ManifestError, StoreError
from fundusfm.names import shown
from fundusfm.parquet import write_parquet
from fundusfm.runs import replacing, write_atomic


class StoreWriter:
    """A store in the making.

    Args:
        path: Its folder; `enter` decides what may already be in it.
        frame: The chosen manifest rows; the index counts the manifest's rows from 0.
        sources: Absolute path of each row's photograph.
        dataset: Name of the data set.
        size: Side of the images.
        crop: Version of the crop.
    """

    def __init__(
        self, path: Path, frame: pd.DataFrame, sources: Sequence[Path], *, dataset: str, size: int, crop: str
    ) -> None:
        taken = sorted({*ADDED, "shard", "place"} & {str(column) for column in frame.columns})
        if taken:
            raise ManifestError(
                f"The manifest's column {', '.join(f'`{name}`' for name in taken)} has a name that a "
                "store uses for its own: rename it.",
                code="RESERVED",
            )
        self.path = path
        self.frame = frame
        self._sources = sources
        self._plan = {
            "format": FORMAT,
            "crop": crop,
            "size": size,
            "dataset": dataset,
            "source_hash": frame_hash(frame),
            "rows_per_shard": ROWS_PER_SHARD,
        }

    @property
    def shards(self) -> list[range]:
        """The positions in the frame that each shard covers."""
        rows = len(self.frame)
        return [range(start, min(start + ROWS_PER_SHARD, rows)) for start in range(0, rows, ROWS_PER_SHARD)]

    def enter(self, *, overwrite: bool, resume: bool) -> None:
        """Creates the folder, empties it, or checks that what is in it can be continued.

        Raises:
            StoreError: It is not empty and neither is allowed, holds something else, or was built from other input.
        """
        if self.path.exists() and not self.path.is_dir():
            raise StoreError(f"{self.path} is a file; --out needs a folder.", code="EXISTS")
        if self.path.is_dir() and any(self.path.iterdir()):
            if not (overwrite or resume):
                raise StoreError(
                    f"{self.path} exists and is not empty: give another --out, --resume to continue it, "
                    "or --overwrite to replace it.",
                    code="EXISTS",
                )
            present = [name for name in (PLAN, HEADER) if (self.path / name).exists()]
            if not present:
                raise StoreError(
                    f"{self.path} holds neither {HEADER} nor {PLAN}, so it is no store: give another "
                    "--out (nothing was changed).",
                    code="EXISTS",
                )
            if resume:
                self._refuse_other_plan(self.path / present[0])
            else:
                self._empty()
        with clear_disk_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            for leftover in self.path.glob(".*.tmp"):  # of a write that was killed
                leftover.unlink()
            if not self.finished:
                write_atomic(self.path / PLAN, json.dumps(self._plan, indent=2) + "\n")

    @property
    def finished(self) -> bool:
        """Whether the store is complete."""
        return (self.path / HEADER).exists()

    def has_shard(self, number: int) -> bool:
        """Whether a shard was written already."""
        return (self.path / shard_name(number)).exists()

    def write_shard(self, number: int, results: list[Converted | DecodeError]) -> None:
        """Writes a shard from the results for its rows, in order.

        Raises:
            StoreError: The disk is full or cannot be written.
        """
        numbered = list(zip(self.shards[number], results, strict=True))
        reasons: list[list[object]] = [
            [self._row(position), shown(self.frame["image"].iloc[position]), shown(result)]
            for position, result in numbered
            if isinstance(result, DecodeError)
        ]
        photographs = (
            (self._record(position, result), result.encoded)
            for position, result in numbered
            if isinstance(result, Converted)
        )
        # Straight to the disk: a copy of the shard in memory would be the largest thing there.
        with clear_disk_errors(self.path), replacing(self.path / shard_name(number)) as temporary:
            write_shard(temporary, photographs, reasons)

    def finish(self) -> tuple[StoreHeader, int]:
        """Writes `rejected.csv`, the index and the header from the shards.

        Returns:
            The header, and the number of photographs whose FOV was not found.

        Raises:
            StoreError: A shard is damaged, or the disk is full.
        """
        rejected: list[list[object]] = []
        found: list[int] = []
        with clear_disk_errors(self.path):
            write_parquet(self.path / INDEX, self._index(rejected, found))
        rows, without = len(found), len(found) - sum(found)
        header = StoreHeader(
            FORMAT,
            str(self._plan["crop"]),
            int(str(self._plan["size"])),
            str(self._plan["dataset"]),
            str(self._plan["source_hash"]),
            rows,
            len(rejected),
            len(self.shards),
        )
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([["row", "image", "reason"], *rejected])
        with clear_disk_errors(self.path):
            write_atomic(self.path / REJECTED, text.getvalue())
            write_atomic(self.path / HEADER, header.to_json())
            (self.path / PLAN).unlink(missing_ok=True)
        return header, without

    def _index(self, rejected: list[list[object]], found: list[int]) -> Iterator[pd.DataFrame]:
        """Yields the index of one shard after the other: the whole would be the largest thing in memory.

        Args:
            rejected: Gets what the shards rejected.
            found: Gets a 1 for each photograph whose FOV was found, else a 0.
        """
        columns = {**{str(column): "string" for column in self.frame.columns}, **ADDED}
        for number in range(len(self.shards)):
            records, reasons = self._read_shard(number)
            rejected += reasons
            found += [int(record["fov_found"]) for record in records]
            table = pd.DataFrame(records, columns=list(columns)).astype(columns)
            places = np.arange(len(records), dtype=np.int32)
            yield table.assign(shard=np.full(len(records), number, np.int32), place=places)

    def _read_shard(self, number: int) -> tuple[list[Record], list[list[object]]]:
        path = self.path / shard_name(number)
        try:
            return Shard(path).table()
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{path} is damaged ({error}): delete it and prepare again with --resume.", code="DAMAGED"
            ) from error

    def _row(self, position: int) -> int:
        return int(self.frame.index[position]) + FIRST_ROW

    def _record(self, position: int, result: Converted) -> Record:
        fov = result.fov
        return {
            **{str(column): value for column, value in self.frame.iloc[position].items()},
            "row": self._row(position),
            "source": shown(self._sources[position]),
            "sha256": result.sha256,
            "height": result.height,
            "width": result.width,
            "fov_x": fov.x,
            "fov_y": fov.y,
            "fov_radius": fov.radius,
            "fov_found": fov.found,
            "fov_reason": fov.reason,
        }

    def _refuse_other_plan(self, path: Path) -> None:
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise StoreError(
                f"{path} is damaged ({error}): build the store again with --overwrite.", code="DAMAGED"
            ) from error
        names = {"source_hash": "manifest or --select"}
        other = [
            f"{names.get(key, key)} ({before[key]} then, {value} now)"
            for key, value in self._plan.items()
            if key in before and before[key] != value
        ]
        if other:
            raise StoreError(
                f"{self.path} was started from other input: {'; '.join(other)}. Resume with the same, or "
                "give another --out.",
                code="OTHER-INPUT",
            )

    def _empty(self) -> None:
        # Only what a store holds: --out may have been mistyped. The header goes first, so no half store looks whole.
        files = [self.path / name for name in (HEADER, PLAN, INDEX, REJECTED, "preview.png")]
        for file in [*files, *self.path.glob("shard-*.tar"), *self.path.glob(".*.tmp")]:
            file.unlink(missing_ok=True)
        left = sorted(entry.name for entry in self.path.iterdir())
        if left:
            raise StoreError(
                f"{self.path} also holds {', '.join(left[:5])}, which is no part of a store: move it.", code="EXISTS"
            )


def frame_hash(frame: pd.DataFrame) -> str:
    """Returns the SHA-256 of a manifest's rows: their numbers, columns and cells."""
    digest = hashlib.sha256(json.dumps([str(column) for column in frame.columns]).encode())
    for row in frame.itertuples(name=None):
        digest.update(json.dumps([int(row[0]), *map(str, row[1:])]).encode())
    return digest.hexdigest()


@contextmanager
def clear_disk_errors(path: Path) -> Iterator[None]:
    """Turns a full or unwritable disk into a `StoreError` that says so."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else error.strerror or str(error)
        fix = "make room" if full else "make the folder writable"
        raise StoreError(
            f"Cannot write {path}: {reason}. What is finished is kept: {fix} and run the same command with --resume, "
            "or give another --out.",
            code="DISK",
        ) from error
