"""Building a store: decode, crop and resize every photograph of a manifest once."""

import itertools
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from fundusfm.config.data import PrepareConfig
from fundusfm.data.decode.image import lost_file
from fundusfm.data.dicom.laterality import NO_SIDE, Side
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.data.inputs.light import is_light
from fundusfm.data.manifest.files import eye_doubts, unnamed_photographs
from fundusfm.data.manifest.identity import identity_faults, identity_warnings
from fundusfm.data.manifest.labels import row_number
from fundusfm.data.manifest.repeated import repeated_rows
from fundusfm.data.manifest.select import select as selected_rows
from fundusfm.data.manifest.table import Manifest, read_manifest
from fundusfm.data.parallel import ordered_map, settle, worker_count
from fundusfm.data.store.convert import Converted, convert
from fundusfm.data.store.preview import write_preview
from fundusfm.data.store.reader import open_store
from fundusfm.data.store.writer import StoreWriter, clear_disk_errors
from fundusfm.errors import ConfigError, DecodeError, StoreError
from fundusfm.names import shown
from fundusfm.progress import track

_SHOWN = 20


def run_prepare(config: PrepareConfig, *, lossless: bool = False) -> Path:
    """Builds the store.

    Args:
        config: What the command says.
        lossless: Keep every pixel as it is, so that scores are those of the photographs themselves.
    """
    if not 16 <= config.size <= 4096:
        raise ConfigError(f"--size {config.size}: expected 16 to 4096 pixels.")
    if config.workers is not None and config.workers < 1:
        raise ConfigError(f"--workers {config.workers}: expected 1 or more.")
    if config.preview < 0:
        raise ConfigError(f"--preview {config.preview}: expected 0 or more photographs.")
    if config.overwrite and config.resume:
        raise ConfigError("Cannot both overwrite and resume a store: give one of --overwrite and --resume.")
    table = read_manifest(config.manifest, missing=config.missing or [])
    _say_identity(table)
    if config.select is not None:
        table = replace(table, frame=table.frame[selected_rows(table.frame, config.select, where=str(table.path))])
    repeated = repeated_rows(table.frame, table.image_paths(), where=str(table.path))
    if repeated:
        numbers = ", ".join(str(row_number(table.frame, place)) for place in list(repeated)[:_SHOWN])
        more = f" and {len(repeated) - _SHOWN} more" if len(repeated) > _SHOWN else ""
        print(
            shown(
                f"warning: photographs are listed more than once, in row {numbers}{more}: the first row of each is "
                "kept, the others are in rejected.csv"
            ),
            file=sys.stderr,
        )
    writer = StoreWriter(
        Path(config.out).expanduser(),
        table.frame,
        table.image_paths(),
        dataset=table.name,
        size=config.size,
        crop=CROP_VERSION,
    )
    writer.enter(overwrite=config.overwrite, resume=config.resume)
    started = time.monotonic()
    converted = 0 if writer.finished else _convert_all(writer, table, config, repeated, lossless=lossless)
    seconds = time.monotonic() - started
    header, not_found = writer.finish()
    if header.rows == 0:
        raise StoreError(
            f"None of the {header.rejected} photographs of {table.path} could be converted: see the "
            f"reasons in {writer.path}/rejected.csv, mend the manifest, and run again with --overwrite."
        )
    if config.preview:
        with clear_disk_errors(writer.path):
            write_preview(open_store(str(writer.path)), config.preview)
    speed = f", {converted / seconds:.1f} photographs/s" if converted else ""
    print(
        f"{writer.path}: {header.rows} photographs of {config.size} px, {header.rejected} rejected, "
        f"{not_found} without a field of view (full frame kept){speed}"
    )
    return writer.path


def _convert_all(
    writer: StoreWriter, table: Manifest, config: PrepareConfig, repeated: Mapping[int, int], *, lossless: bool
) -> int:
    missing = [number for number in range(len(writer.shards)) if not writer.has_shard(number)]
    positions = np.concatenate([np.empty(0, int), *(np.asarray(writer.shards[number]) for number in missing)])
    rows = table.frame.iloc[positions]
    paths = replace(table, frame=rows).image_paths()
    count = worker_count(config.workers, len(rows))
    if count == 0:
        settle()
    results = iter(
        track(
            ordered_map(
                partial(convert, size=config.size, lossless=lossless),
                paths,
                workers=count,
                lost=lost_file,
                light=is_light,
            ),
            label=f"prepare {writer.path.name}",
            total=len(rows),
            unit="photo",
        )
    )
    counts: list[int] = []
    sides: list[Side] = []
    for number in missing:
        shard = list(itertools.islice(results, len(writer.shards[number])))
        counts += [result.photographs if isinstance(result, Converted) else 0 for result in shard]
        # One object for the many rows that name no eye.
        named = (result.side if isinstance(result, Converted) else NO_SIDE for result in shard)
        sides += [NO_SIDE if side == NO_SIDE else side for side in named]
        writer.write_shard(
            number,
            [
                DecodeError(f"row {repeated[place]} lists the same photograph, and is kept", code="REPEATED")
                if place in repeated
                else result
                for place, result in zip(writer.shards[number], shard, strict=True)
            ],
        )
    for _ in results:  # lets the progress line end
        pass
    for fault in (*unnamed_photographs(rows, paths, counts), *eye_doubts(rows, sides)):
        print(shown(f"warning: {fault.message}; {fault.fix}"), file=sys.stderr)
    return len(rows)


def _say_identity(table: Manifest) -> None:
    """Says whose photographs cannot be told apart: whoever trains on the store gets folds by these patients."""
    doubts = [*identity_faults(table.frame), *identity_warnings(table.frame, [], task="multilabel")]
    for fault in doubts:
        rows = f" ({len(fault.rows)} rows)" if fault.rows else ""
        print(shown(f"warning: {fault.message}{rows}; {fault.fix}"), file=sys.stderr)
    for known, column in table.taken.items():
        print(shown(f"{known}: taken from the column `{column}`"), file=sys.stderr)
