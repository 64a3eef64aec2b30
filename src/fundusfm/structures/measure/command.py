"""The work of `fundusfm segment measure`."""

import sys
from collections.abc import Iterable
from math import isfinite
from pathlib import Path

import pandas as pd

from fundusfm.config.segment import SegmentMeasureConfig
from fundusfm.data.encode import jpeg_bytes
from fundusfm.errors import ConfigError
from fundusfm.names import file_name
from fundusfm.progress import track
from fundusfm.runs import make_parent, write_atomic
from fundusfm.structures.measure.figure import measure_figure
from fundusfm.structures.measure.inputs import PhotographMasks, from_files, from_manifest, from_predictions
from fundusfm.structures.measure.row import MeasuredValue
from fundusfm.structures.measure.structures import measure_structures

_COLUMNS = ("structure", "region", "measure", "value", "unit", "source", "reason")


def run_measure(config: SegmentMeasureConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    target = Path(config.out)
    if sum(map(bool, (config.data, config.masks, config.predictions))) != 1:
        raise ConfigError(
            "Give a manifest with --data, files of vessel masks with --masks, or the folder of a `segment predict` "
            "with --predictions: one of the three"
        )
    scale = config.microns_per_pixel
    if scale is not None and not (isfinite(scale) and scale > 0):
        raise ConfigError(f"--microns-per-pixel is {scale:g}, expected a number above 0")
    if target.exists() and not config.overwrite:
        raise ConfigError(f"{target} exists already; choose another --out, or replace it with --overwrite")
    drawn, total = _inputs(config)
    figures = Path(config.figures) if config.figures else None
    parts = []
    for number, one in enumerate(track(drawn, label="Measuring structures", total=total, unit="photo")):
        known = one.microns_per_pixel or scale
        rows = measure_structures(
            one.masks,
            one.fov,
            fov_diameter=one.fov_diameter,
            disc=one.disc,
            fovea=one.fovea,
            eye=one.facts.get("eye", ""),
            microns_per_pixel=known,
            disc_doubt=one.disc_doubt,
        )
        parts.append(_table(one.facts, rows))
        if figures:
            name = file_name(f"{number:04d}_{Path(one.facts['image']).stem}")
            figures.mkdir(parents=True, exist_ok=True)
            write_atomic(figures / f"{name}.jpg", jpeg_bytes(measure_figure(one, rows)))
    make_parent(target)
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["image", *_COLUMNS])
    write_atomic(target, table.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    empty = table["value"].isna().sum()
    print(
        f"{target}: {total} photographs measured, {len(table)} values"
        + (f", {empty} of them empty with a reason" if empty else "")
    )
    return table


def _inputs(config: SegmentMeasureConfig) -> tuple[Iterable[PhotographMasks], int]:
    if config.data:
        return from_manifest(config.data, column=config.column, select=config.select, log=_say)
    if config.masks:
        return from_files(config.masks, config.fov)
    return from_predictions(Path(config.predictions or ""), _say)


def _table(facts: dict[str, str], rows: list[MeasuredValue]) -> pd.DataFrame:
    cells = [{**facts, **{column: getattr(row, column) for column in _COLUMNS}} for row in rows]
    return pd.DataFrame(cells, columns=[*facts, *_COLUMNS])


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
