"""Masks to measure: of the rows of a manifest, of files, or of the folder of a `segment predict`."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.fov.detect import FOV
from fundusfm.data.manifest.table import FIRST_ROW, read_manifest
from fundusfm.errors import ConfigError, DecodeError, ManifestError, MaskError
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import ARTERIES, DISC, MASKS, VEINS, VESSELS
from fundusfm.structures.findings import DISC_REASON, FoundDisc
from fundusfm.structures.masks import circle_mask, read_mask
from fundusfm.structures.measure.structures import size_text
from fundusfm.structures.photographs import read_structures
from fundusfm.structures.predict import MASKS as MASKS_FOLDER
from fundusfm.structures.spacing import SCALE, scale_of_cell, spacing_of


@dataclass(frozen=True)
class PhotographMasks:
    """The masks of one photograph, and what else measuring needs.

    Attributes:
        facts: Cells that begin each of its rows, by column.
        masks: bool (height, width) by mask.
        fov: bool (height, width), the field of view.
        fov_diameter: Diameter of its circle in pixels, where one was found.
        disc: The optic disc, if its place is known without a mask.
        fovea: x and y in pixels.
        microns_per_pixel: Size of a pixel on the retina.
        disc_doubt: Why a piece that looks like the disc was refused; empty if none was.
        image: uint8 (height, width, 3) RGB; None where it has not been read.
        path: File of the photograph, which may be gone; None where only masks are given.
    """

    facts: dict[str, str]
    masks: Mapping[str, Mask]
    fov: Mask
    fov_diameter: float | None = None
    disc: FoundDisc | None = None
    fovea: tuple[float, float] | None = None
    microns_per_pixel: float | None = None
    disc_doubt: str = ""
    image: NDArray[np.uint8] | None = field(default=None, repr=False)
    path: Path | None = None


def from_manifest(
    source: str, *, column: str, select: str | None, log: Callable[[str], None]
) -> tuple[Iterator[PhotographMasks], int]:
    """Reads the rows of a manifest that have a mask; also returns their number.

    Args:
        source: The manifest.
        column: Where the vessel masks are.
        select: Keep the rows where this holds.
        log: Receives notes.

    Raises:
        ManifestError, SelectError, MaskError, DecodeError: As for `read_structures`; while the rows are read also for
            damaged files, and for cells that should hold numbers and do not.
    """
    labels = MASKS if column == VESSELS else (VESSELS, DISC)
    images = read_structures(source, labels=labels, select=select, need_masks=True, log=log, column=column)
    manifest = read_manifest(source)

    def each() -> Iterator[PhotographMasks]:
        for image in images:
            row = manifest.frame.iloc[image.row - FIRST_ROW]
            where = f"{manifest.path}, row {image.row}"
            loaded = image.load()
            for note in loaded.notes:
                log(note)
            place = _numbers(row, ("disc_x", "disc_y"), where)
            diameter = _numbers(row, ("disc_diameter",), where) or (math.nan,)
            scale = scale_of_cell(str(row.get(SCALE, "")), where)
            fovea = _numbers(row, ("fovea_x", "fovea_y"), where)
            yield PhotographMasks(
                {"dataset": image.dataset, "image": image.name, "patient": image.patient, "eye": row.get("eye", "")},
                with_crossings(loaded.drawn, loaded.known),
                loaded.fov,
                2 * loaded.fov_circle.radius if loaded.fov_circle.found else None,
                FoundDisc(place[0], place[1], diameter[0]) if place else None,
                (fovea[0], fovea[1]) if fovea else None,
                scale or spacing_of(image.image),
                image=loaded.image,
            )

    return each(), len(images)


def from_files(masks: Sequence[str], fov: Sequence[str] | None) -> tuple[Iterator[PhotographMasks], int]:
    """Reads files of vessel masks, with their fields of view in the same order; also returns their number.

    Raises:
        ConfigError: The two differ in number.
        MaskError: While the files are read: one is missing or damaged, or two differ in size.
    """
    if fov and len(fov) != len(masks):
        raise ConfigError(f"--fov names {len(fov)} files and --masks {len(masks)}: give one for each, in order")

    def each() -> Iterator[PhotographMasks]:
        for place, name in enumerate(masks):
            vessels = _mask(Path(name))
            field_of_view = _mask(Path(fov[place])) if fov else np.ones_like(vessels)
            if fov and field_of_view.shape != vessels.shape:
                raise MaskError(
                    f"{fov[place]} has {size_text(field_of_view)} pixels, but {name} has {size_text(vessels)}; give "
                    "the FOV mask of the same photograph"
                )
            yield PhotographMasks({"image": name}, {VESSELS: vessels}, field_of_view)

    return each(), len(masks)


def from_predictions(folder: Path, log: Callable[[str], None]) -> tuple[Iterator[PhotographMasks], int]:
    """Reads what `segment predict` wrote; also returns the number of photographs.

    Photographs without masks are left out, which is logged.

    Raises:
        ConfigError: The folder was not written by `segment predict`.
        ManifestError, MaskError: While the rows are read: the size of a pixel is no number above 0, or a mask
            is missing or damaged.
    """
    listed, stored = folder / "segment.csv", folder / MASKS_FOLDER
    names = [name for name in MASKS if (stored / name).is_dir()]
    if not listed.is_file() or not names:
        raise ConfigError(
            f"{folder} holds no segment.csv with a folder of masks; give the --out of a `fundusfm segment predict`"
        )
    table = pd.read_csv(listed, dtype=str, keep_default_na=False)
    needed = {"image", "file", "width", "height", "fov_found", "fov_x", "fov_y", "fov_radius"}
    if missing := sorted(needed.difference(table.columns)):
        raise ConfigError(f"{listed} has no column {missing[0]}; predict again, with this version")
    rows = table[table["file"] != ""]
    if left_out := len(table) - len(rows):
        log(f"{listed}: {left_out} photographs have no masks and are left out; their reasons are in it")

    def each() -> Iterator[PhotographMasks]:
        for _, row in rows.iterrows():
            found = row["fov_found"] == "True"
            circle = FOV(float(row["fov_x"]), float(row["fov_y"]), float(row["fov_radius"]), found)
            masks = {name: _mask(stored / name / f"{row['file']}.png") for name in names}
            fov = circle_mask(circle, int(row["height"]), int(row["width"]))
            for name, mask in masks.items():
                if mask.shape != fov.shape:
                    raise MaskError(
                        f"{stored / name / row['file']}.png has {size_text(mask)} pixels, but {listed} says "
                        f"{size_text(fov)}; predict again"
                    )
            yield PhotographMasks(
                {"image": row["image"], "eye": row.get("eye", "")},
                masks,
                fov,
                2 * circle.radius if found else None,
                microns_per_pixel=scale_of_cell(row.get(SCALE, ""), f"{listed}, {row['image']}"),
                disc_doubt=row.get(DISC_REASON, ""),
                path=Path(row["image"]),
            )

    return each(), len(rows)


def with_crossings(drawn: Mapping[str, Mask], known: Mapping[str, Mask]) -> dict[str, Mask]:
    """Adds crossings, which drawings leave open, to both arteries and veins.

    Args:
        drawn: bool (height, width) by mask.
        known: By mask, the pixels whose truth is known. Pieces of the others that touch an artery and a vein are
            crossings.
    """
    masks = dict(drawn)
    if ARTERIES not in known or not {ARTERIES, VEINS} <= masks.keys():
        return masks
    _, pieces = cv2.connectedComponents((~known[ARTERIES]).astype(np.uint8), connectivity=8)
    touching = [
        set(np.unique(pieces[cv2.dilate(masks[name].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0]).tolist())
        for name in (ARTERIES, VEINS)
    ]
    crossings = np.isin(pieces, sorted((touching[0] & touching[1]) - {0}))
    return masks | {name: masks[name] | crossings for name in (ARTERIES, VEINS)}


def _numbers(row: "pd.Series[str]", columns: tuple[str, ...], where: str) -> tuple[float, ...] | None:
    """Returns the numbers of some cells, or None where one of them is empty."""
    cells = [row.get(column, "") for column in columns]
    if not all(cells):
        return None
    try:
        numbers = tuple(float(cell) for cell in cells)
        if all(map(math.isfinite, numbers)):
            return numbers
    except ValueError:
        pass
    names, values = (
        " and ".join(f"{mark}{text}{mark}" for text in texts) for mark, texts in (("`", columns), ("'", cells))
    )
    raise ManifestError(f"{where}: {names} holds {values}, expected numbers; correct or empty the cells")


def _mask(path: Path) -> Mask:
    try:
        return read_mask(path).mask
    except DecodeError as error:
        raise MaskError(str(error)) from error
