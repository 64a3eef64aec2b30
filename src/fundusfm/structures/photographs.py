"""Photographs with their vessels: from the rows of a manifest to arrays in original pixels.

Columns: `vessels` (what a first observer drew), `fov` (field-of-view mask) and `second_observer`, all paths relative to
the manifest like `image`, and `patient`, in CHASE_DB1 called `child`. Whatever is not as expected is an error that
names file, row and fix, or a note with the fallback that was taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import decode
from fundusfm.data.fov.detect import FOV, find_fov
from fundusfm.data.manifest.labels import row_number
from fundusfm.data.manifest.select import select as selected
from fundusfm.data.manifest.table import Manifest, read_manifest
from fundusfm.errors import DecodeError, ManifestError, MaskError
from fundusfm.structures.masks import Mask, circle_mask, read_mask

_PATIENT_COLUMNS = ("patient", "child")
_DRAWN = {"vessels": "vessel mask", "fov": "FOV mask", "second_observer": "second observer's mask"}
# Vessels cover about a tenth of the field of view: a mask of more than half of it was drawn the other way round.
_MOST_VESSEL = 0.5


@dataclass(frozen=True)
class LoadedStructures:
    """A photograph and its masks, all of one height and width.

    Attributes:
        image: uint8 (height, width, 3) RGB, original pixels, upright.
        vessels: bool (height, width), what the first observer drew; None where the row has none.
        fov: bool (height, width), the field of view.
        second_observer: bool (height, width) or None.
        fov_circle: The circle that crops are taken around, in original pixels.
        fov_given: Whether `fov` is a mask from a file; otherwise it is the circle found in the photograph.
        notes: What was unexpected and which fallback was taken, each a sentence that begins with the file.
    """

    image: NDArray[np.uint8]
    vessels: Mask | None
    fov: Mask
    second_observer: Mask | None
    fov_circle: FOV
    fov_given: bool
    notes: list[str]


@dataclass(frozen=True)
class StructureImage:
    """One row of a manifest; nothing is decoded before `load`.

    Attributes:
        name: The row's `image` cell.
        row: Its number in the manifest; the header is row 1.
        dataset: The row's data set.
        patient: The patient, empty where unknown.
        manifest: Path of the manifest, for messages.
        image: Path of the photograph.
        masks: Column name to path of what the row has of `vessels`, `fov` and `second_observer`.
    """

    name: str
    row: int
    dataset: str
    patient: str
    manifest: Path
    image: Path
    masks: dict[str, Path]

    @property
    def group(self) -> str:
        """The patient, as a text that is unique across data sets; an image of unknown patient stands alone."""
        return f"patient:{self.dataset}/{self.patient}" if self.patient else f"image:{self.dataset}/{self.name}"

    def load(self, *, allow_empty: bool = True) -> LoadedStructures:
        """Decodes the photograph and its masks.

        Args:
            allow_empty: Note an empty vessel mask, as in evaluation; otherwise it is an error, as in training.

        Raises:
            MaskError: A mask is missing, damaged, of another size than the photograph, inverted, or empty.
            DecodeError: The photograph is missing or damaged.
        """
        try:
            image = decode(self.image).image
        except DecodeError as error:
            raise DecodeError(f"{self.manifest}, row {self.row}: {error}") from error
        notes: list[str] = []
        drawn = {column: self._mask(column, image, notes) for column in self.masks}
        circle = find_fov(image)
        fov = drawn.get("fov")
        if fov is not None and not fov.any():
            notes.append(f"{self.masks['fov']}: the FOV mask is empty; the field of view is found in the photograph")
            fov = None
        if not circle.found and fov is not None:
            circle = find_fov(fov.astype(np.uint8) * 255)
        if not circle.found:
            notes.append(f"{self.image}: no field of view is visible ({circle.reason}); the full frame is used")
        given = fov is not None
        if fov is None:
            fov = circle_mask(circle, *image.shape[:2])
        for column in ("vessels", "second_observer"):
            mask = drawn.get(column)
            if mask is not None:
                self._check_amount(column, mask, fov, allow_empty or column != "vessels", notes)
        return LoadedStructures(image, drawn.get("vessels"), fov, drawn.get("second_observer"), circle, given, notes)

    def _mask(self, column: str, image: NDArray[np.uint8], notes: list[str]) -> Mask:
        path = self.masks[column]
        try:
            read = read_mask(path)
        except DecodeError as error:
            raise MaskError(f"{self._where(column)}: {error}") from error
        if read.mask.shape != image.shape[:2]:
            (height, width), (own_height, own_width) = image.shape[:2], read.mask.shape
            raise MaskError(
                f"{self._where(column)}: {path} has {own_width} x {own_height} pixels, but {self.image} has {width} x "
                f"{height}; give the mask that was drawn on this photograph, at its size and orientation"
            )
        if read.levels > 2:
            notes.append(f"{path}: the mask holds {read.levels} grey levels; it is cut at half of the largest")
        return read.mask

    def _check_amount(self, column: str, mask: Mask, fov: Mask, allow_empty: bool, notes: list[str]) -> None:
        path, inside = self.masks[column], mask & fov
        if not inside.any():
            if not allow_empty:
                raise MaskError(
                    f"{self._where(column)}: {path} marks no vessel inside the field of view, so there is nothing to "
                    "learn from it; correct the mask, or leave the row out with --select"
                )
            notes.append(f"{path}: no vessel is marked inside the field of view")
        elif inside.sum() > _MOST_VESSEL * fov.sum():
            raise MaskError(
                f"{self._where(column)}: {path} marks {inside.sum() / fov.sum():.0%} of the field of view as vessel; "
                "vessels are expected bright on black, so invert the mask"
            )

    def _where(self, column: str) -> str:
        return f"{self.manifest}, row {self.row}, {_DRAWN[column]}"


def read_vessels(
    manifest: str, *, select: str | None, need_masks: bool, log: Callable[[str], None], column: str = "vessels"
) -> list[StructureImage]:
    """Reads the rows of a manifest for vessel segmentation; files are looked for, but not decoded.

    Args:
        manifest: The file's path, or NAME=PATH to name the data set.
        select: Keep the rows where this holds, such as `part == 'training'`.
        need_masks: Leave out rows without a vessel mask, and say so.
        log: Receives what is left out.
        column: Where the vessel masks are, such as `second_observer` to take that one's drawings.

    Raises:
        ManifestError: The manifest cannot be read, or masks are needed and no row, or no such column, has one.
        SelectError: The selection cannot be read or keeps no row.
        MaskError: A mask that a row names does not exist.
        DecodeError: A photograph does not exist.
    """
    read = read_manifest(manifest)
    frame, where = read.frame, str(read.path)
    if need_masks and column not in frame:
        raise ManifestError(
            f"{where} has no column `{column}` (its columns are {', '.join(map(str, frame.columns))}); name the column "
            f"that holds the paths of the vessel masks `{column}`"
        )
    kept = np.ones(len(frame), np.bool_) if select is None else selected(frame, select, where=where)
    images = [_image(read, int(place), column) for place in np.flatnonzero(kept)]
    if need_masks:
        without = [image for image in images if "vessels" not in image.masks]
        images = [image for image in images if "vessels" in image.masks]
        if not images:
            raise ManifestError(
                f"{where}: none of the {len(without)} rows has a vessel mask; fill the column `{column}`, or widen "
                "--select"
            )
        if without:
            log(f"{where}: {len(without)} rows have no vessel mask and are left out, such as row {without[0].row}")
    return images


def _image(manifest: Manifest, place: int, vessels: str) -> StructureImage:
    frame, root = manifest.frame, manifest.path.parent.absolute()
    row = row_number(frame, place)

    def cell(column: str) -> str:
        return str(frame[column].iat[place]) if column in frame else ""

    columns = {mask: mask for mask in _DRAWN} | {"vessels": vessels}
    masks = {mask: root / cell(column).replace("\\", "/") for mask, column in columns.items() if cell(column)}
    for mask, path in masks.items():
        if not path.is_file():
            raise MaskError(
                f"{manifest.path}, row {row}, column `{columns[mask]}`: {path} does not exist; correct the path (it "
                "is relative to the manifest), or empty the cell"
            )
    image = root / cell("image").replace("\\", "/")
    if not image.is_file():
        raise DecodeError(
            f"{manifest.path}, row {row}: {image} does not exist; correct the path (it is relative to the manifest), "
            "or put the file there"
        )
    patient = next((cell(column) for column in _PATIENT_COLUMNS if cell(column)), "")
    return StructureImage(cell("image"), row, cell("dataset") or manifest.name, patient, manifest.path, image, masks)
