"""The work of `fundusfm segment measure`."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.config.segment import SegmentMeasureConfig
from fundusfm.data.manifest.table import FIRST_ROW, read_manifest
from fundusfm.errors import ConfigError, DecodeError, ManifestError, MaskError
from fundusfm.progress import track
from fundusfm.runs import make_parent, write_atomic
from fundusfm.structures.masks import Mask, read_mask
from fundusfm.structures.photographs import StructureImage, read_structures
from fundusfm.structures.scoring.measures import measure_mask


@dataclass(frozen=True)
class _Work:
    """One mask with what is known around it."""

    facts: dict[str, str]
    vessels: Mask
    fov: Mask
    diameter: float | None = None
    disc: tuple[float, float] | None = None


def run_measure(config: SegmentMeasureConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    target = Path(config.out)
    if (config.data is None) == (not config.masks):
        raise ConfigError("Give the masks of a manifest with --data, or files with --masks: one of the two")
    if target.exists() and not config.overwrite:
        raise ConfigError(f"{target} exists already; choose another --out, or replace it with --overwrite")
    if config.data is not None:
        images = read_structures(config.data, select=config.select, need_masks=True, log=_say, column=config.column)
        work, total = _of_manifest(config.data, images), len(images)
    else:
        if config.fov and len(config.fov) != len(config.masks or ()):
            raise ConfigError(
                f"--fov names {len(config.fov)} files and --masks {len(config.masks or ())}: "
                "give one for each, in order"
            )
        work, total = _of_files(config.masks or (), config.fov), len(config.masks or ())
    parts = []
    for one in track(work, label="Measuring vessels", total=total, unit="mask"):
        measures = measure_mask(
            one.vessels, one.fov, diameter=one.diameter, disc=one.disc, eye=one.facts.get("eye", "")
        )
        parts.append(pd.DataFrame([one.facts] * len(measures)).join(measures))
    make_parent(target)
    table = pd.concat(parts, ignore_index=True)
    write_atomic(target, table.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    print(f"{target}: {total} masks measured")
    return table


def _of_files(masks: Sequence[str], fov: Sequence[str] | None) -> Iterator[_Work]:
    for place, name in enumerate(masks):
        vessels = _mask(Path(name))
        if fov:
            field = _mask(Path(fov[place]))
            if field.shape != vessels.shape:
                raise MaskError(
                    f"{fov[place]} has {_size(field)} pixels, but {name} has {_size(vessels)}; give the FOV mask of "
                    "the same photograph"
                )
        else:
            field = np.ones_like(vessels)
        yield _Work({"image": name}, vessels, field)


def _of_manifest(source: str, images: Sequence[StructureImage]) -> Iterator[_Work]:
    manifest = read_manifest(source)
    for image in images:
        row = manifest.frame.iloc[image.row - FIRST_ROW]
        loaded = image.load()
        for note in loaded.notes:
            _say(note)
        vessels = loaded.drawn.get("vessels")
        if vessels is None:
            raise MaskError(f"{image.manifest}, row {image.row}: there is no vessel mask")
        facts = {"dataset": image.dataset, "image": image.name, "patient": image.patient, "eye": row.get("eye", "")}
        diameter = 2 * loaded.fov_circle.radius if loaded.fov_circle.found else None
        yield _Work(facts, vessels, loaded.fov, diameter, _disc(manifest.path, image, row, vessels))


def _disc(path: Path, image: StructureImage, row: "pd.Series[str]", vessels: Mask) -> tuple[float, float] | None:
    """Returns the centre x, y of the optic disc in pixels, or None where the row does not tell."""
    where = f"{path}, row {image.row}"
    if row.get("disc"):
        file = path.parent.absolute() / row["disc"].replace("\\", "/")
        disc = _mask(file)
        if disc.shape != vessels.shape:
            raise MaskError(
                f"{where}, column `disc`: {file} has {_size(disc)} pixels, but {image.image} has {_size(vessels)}; "
                "give the mask that was drawn on this photograph"
            )
        if not disc.any():
            _say(f"{where}: the disc's mask is empty; no quadrants")
            return None
        rows, columns = np.nonzero(disc)
        return float(columns.mean() + 0.5), float(rows.mean() + 0.5)
    if row.get("disc_x") and row.get("disc_y"):
        try:
            return float(row["disc_x"]), float(row["disc_y"])
        except ValueError as error:
            raise ManifestError(
                f"{where}: `disc_x` and `disc_y` are {row['disc_x']!r} and {row['disc_y']!r}, expected pixels; correct "
                "or empty the cells"
            ) from error
    return None


def _mask(path: Path) -> Mask:
    try:
        return read_mask(path).mask
    except DecodeError as error:
        raise MaskError(str(error)) from error


def _size(mask: Mask) -> str:
    return f"{mask.shape[1]} x {mask.shape[0]}"


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
