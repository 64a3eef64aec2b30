"""Photographs and their masks: from the rows of a manifest to arrays in original pixels.

Columns: `vessels`, `arteries`, `veins` or `artery_vein`, `disc`, `MA`, `HE`, `EX`, `SE` (lesions), `fov` (field-of-view
mask) and `second_observer` (of the vessels), all of them paths relative to the manifest, like `image`; and `patient`,
which CHASE_DB1 calls `child`. An empty cell is unknown; `none`, or an empty mask, says that there is no such lesion.
Anything unexpected is an error that names file, row and fix, or a note that names the fallback.
"""

from collections.abc import Callable, Sequence
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
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import ARTERIES, ARTERY_VEIN, DISC, LESIONS, MASKS, VEINS, VESSELS, WORDS
from fundusfm.structures.masks import circle_mask, read_artery_vein, read_mask

_PATIENT_COLUMNS = ("patient", "child")
_FOV, _SECOND = "fov", "second_observer"
_DRAWN = {name: f"mask of the {WORDS[name]}" for name in MASKS} | {
    VESSELS: "vessel mask",
    ARTERY_VEIN: "mask of arteries and veins",
    _FOV: "FOV mask",
    _SECOND: "second observer's mask",
}
_LESION_COLUMNS = dict(zip(LESIONS, ("MA", "HE", "EX", "SE"), strict=True))
"""Columns of lesion masks, named as in IDRiD; the long names are labels of whole photographs elsewhere, 1 or 0."""

_NONE = "none"

# No structure covers half of the field of view: a mask that does is inverted.
_LARGEST_SHARE = 0.5


@dataclass(frozen=True)
class LoadedStructures:
    """A photograph and its masks, all of one height and width.

    Attributes:
        image: uint8 (height, width, 3) RGB, original pixels, upright.
        drawn: bool (height, width) by mask, as observers drew them; only the masks that the row has.
        known: bool (height, width) by mask, the pixels whose truth is known; only where some are not, such as crossings
            of arteries and veins.
        fov: bool (height, width), the field of view.
        second_observer: bool (height, width), vessels by another observer, or None.
        fov_circle: The circle that the crop is taken around, in original pixels.
        fov_given: Whether `fov` is a mask from a file; otherwise it is the circle found in the photograph.
        notes: What was unexpected and the fallback, each a sentence that begins with the file.
    """

    image: NDArray[np.uint8]
    drawn: dict[str, Mask]
    known: dict[str, Mask]
    fov: Mask
    second_observer: Mask | None
    fov_circle: FOV
    fov_given: bool
    notes: list[str]

    def counted(self, label: str) -> Mask:
        """Returns the pixels that count for a mask: those in the field of view whose truth is known."""
        return self.fov & self.known.get(label, self.fov)


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
        masks: Paths of the masks that the row has, by mask, `artery_vein`, `fov` or `second_observer`.
        absent: Lesions that the photograph is known not to have.
    """

    name: str
    row: int
    dataset: str
    patient: str
    manifest: Path
    image: Path
    masks: dict[str, Path]
    absent: frozenset[str] = frozenset()

    @property
    def group(self) -> str:
        """Text that identifies the patient across data sets; of an unknown patient, the image."""
        return f"patient:{self.dataset}/{self.patient}" if self.patient else f"image:{self.dataset}/{self.name}"

    def load(self, *, allow_empty: bool = True) -> LoadedStructures:
        """Decodes the photograph and its masks.

        Args:
            allow_empty: Whether an empty mask of the vessels or the disc is a note (as in evaluation) or an error (as
                in training).

        Raises:
            MaskError: A mask is missing, damaged, of another size than the photograph, inverted, or empty.
            DecodeError: The photograph is missing or damaged.
        """
        try:
            image = decode(self.image).image
        except DecodeError as error:
            raise DecodeError(f"{self.manifest}, row {self.row}: {error}") from error
        notes: list[str] = []
        drawn = {column: self._mask(column, image, notes) for column in self.masks if column != ARTERY_VEIN}
        drawn |= {label: np.zeros(image.shape[:2], np.bool_) for label in self.absent}
        known: dict[str, Mask] = {}
        if ARTERY_VEIN in self.masks:
            self._read_artery_vein(image, drawn, known)
        circle = find_fov(image)
        fov = drawn.pop(_FOV, None)
        if fov is not None and not fov.any():
            notes.append(f"{self.masks[_FOV]}: the FOV mask is empty; the field of view is found in the photograph")
            fov = None
        if not circle.found and fov is not None:
            circle = find_fov(fov.astype(np.uint8) * 255)
        if not circle.found:
            notes.append(f"{self.image}: no field of view is visible ({circle.reason}); the full frame is used")
        given = fov is not None
        if fov is None:
            fov = circle_mask(circle, *image.shape[:2])
        for column, mask in drawn.items():
            self._check_amount(column, mask, fov, allow_empty or column not in (VESSELS, DISC), notes)
        second = drawn.pop(_SECOND, None)
        return LoadedStructures(image, drawn, known, fov, second, circle, given, notes)

    @property
    def labels(self) -> set[str]:
        """The masks that the row has."""
        own = {name for name in self.masks if name in MASKS} | self.absent
        return own | {ARTERIES, VEINS} if ARTERY_VEIN in self.masks else own

    def _read_artery_vein(self, image: NDArray[np.uint8], drawn: dict[str, Mask], known: dict[str, Mask]) -> None:
        try:
            arteries, veins, unsure = read_artery_vein(self.masks[ARTERY_VEIN])
        except DecodeError as error:
            raise MaskError(f"{self._where(ARTERY_VEIN)}: {error}") from error
        self._check_size(ARTERY_VEIN, arteries, image)
        drawn |= {ARTERIES: arteries, VEINS: veins}
        known |= dict.fromkeys((ARTERIES, VEINS), ~unsure)

    def _mask(self, column: str, image: NDArray[np.uint8], notes: list[str]) -> Mask:
        path = self.masks[column]
        try:
            read = read_mask(path)
        except DecodeError as error:
            raise MaskError(f"{self._where(column)}: {error}") from error
        self._check_size(column, read.mask, image)
        if read.levels > 2:
            notes.append(f"{path}: the mask holds {read.levels} grey levels; it is cut at half of the largest")
        return read.mask

    def _check_size(self, column: str, mask: Mask, image: NDArray[np.uint8]) -> None:
        if mask.shape != image.shape[:2]:
            (height, width), (own_height, own_width) = image.shape[:2], mask.shape
            raise MaskError(
                f"{self._where(column)}: {self.masks[column]} has {own_width} x {own_height} pixels, but {self.image} "
                f"has {width} x {height}; give the mask that was drawn on this photograph, at its size and orientation"
            )

    def _check_amount(self, column: str, mask: Mask, fov: Mask, allow_empty: bool, notes: list[str]) -> None:
        path, inside = self.masks.get(column, self.masks.get(ARTERY_VEIN)), mask & fov
        what = "vessel" if column in (VESSELS, _SECOND) else WORDS[column]
        if not inside.any():
            if not allow_empty:
                raise MaskError(
                    f"{self._where(column)}: {path} marks no {what} inside the field of view, so there is nothing to "
                    "learn from it; correct the mask, or leave the row out with --select"
                )
            if column not in LESIONS:  # an empty mask says that there is no such lesion
                notes.append(f"{path}: no {what} is marked inside the field of view")
        elif inside.sum() > _LARGEST_SHARE * fov.sum():
            raise MaskError(
                f"{self._where(column)}: {path} marks {inside.sum() / fov.sum():.0%} of the field of view as {what}; "
                "masks are expected bright on black, so invert it"
            )

    def _where(self, column: str) -> str:
        return f"{self.manifest}, row {self.row}, {_DRAWN[column]}"


def read_structures(
    manifest: str,
    *,
    labels: Sequence[str] = (VESSELS,),
    select: str | None,
    need_masks: bool,
    log: Callable[[str], None],
    column: str = VESSELS,
) -> list[StructureImage]:
    """Reads the rows of a manifest for segmentation; files are looked for, but not decoded.

    Args:
        manifest: The file's path, or NAME=PATH to name the data set.
        labels: The masks to read.
        select: Keep the rows where this holds, such as `part == 'training'`.
        need_masks: Leave out rows that have none of these masks, and log it.
        log: Receives what is left out.
        column: Column of the vessel masks, such as `second_observer`.

    Raises:
        ManifestError: The manifest cannot be read, or masks are needed and no row, or no such column, has one.
        SelectError: The selection cannot be read or keeps no row.
        MaskError: A mask that a row names does not exist.
        DecodeError: A photograph does not exist.
    """
    read = read_manifest(manifest)
    frame, where = read.frame, str(read.path)
    wanted = [name for mask, name in _mask_columns(labels, column).items() if mask not in (_FOV, _SECOND)]
    if need_masks and not any(name in frame for name in wanted):
        named = wanted[0] if len(labels) == 1 else " or ".join(f"`{name}`" for name in labels)
        raise ManifestError(
            f"{where} has no column `{named}` (its columns are {', '.join(map(str, frame.columns))}); name the column "
            f"that holds the paths of the {_named(labels)} masks `{wanted[0]}`"
        )
    kept = np.ones(len(frame), np.bool_) if select is None else selected(frame, select, where=where)
    columns = _mask_columns(labels, column)
    images = [_image(read, int(place), columns) for place in np.flatnonzero(kept)]
    if need_masks:
        without = [image for image in images if not image.labels.intersection(labels)]
        images = [image for image in images if image.labels.intersection(labels)]
        if not images:
            raise ManifestError(
                f"{where}: none of the {len(without)} rows has a {_named(labels)} mask; fill the column `{wanted[0]}`, "
                "or widen --select"
            )
        if without:
            log(
                f"{where}: {len(without)} rows have no {_named(labels)} mask and are left out, such as row "
                f"{without[0].row}"
            )
    return images


def _named(labels: Sequence[str]) -> str:
    return "vessel" if list(labels) == [VESSELS] else " or ".join(WORDS[label] for label in labels)


def _mask_columns(labels: Sequence[str], vessels: str) -> dict[str, str]:
    """Returns the columns that hold the files of some masks, by mask."""
    columns = {label: _LESION_COLUMNS.get(label, label) for label in labels} | {_FOV: _FOV}
    if VESSELS in labels:
        columns |= {VESSELS: vessels, _SECOND: _SECOND}
    return columns | {ARTERY_VEIN: ARTERY_VEIN} if {ARTERIES, VEINS}.intersection(labels) else columns


def _image(manifest: Manifest, place: int, columns: dict[str, str]) -> StructureImage:
    frame, root = manifest.frame, manifest.path.parent.absolute()
    row = row_number(frame, place)

    def cell(column: str) -> str:
        return str(frame[column].iat[place]) if column in frame else ""

    absent = frozenset(mask for mask, column in columns.items() if mask in LESIONS and cell(column) == _NONE)
    masks = {
        mask: root / cell(column).replace("\\", "/")
        for mask, column in columns.items()
        if cell(column) and mask not in absent
    }
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
    return StructureImage(
        cell("image"), row, cell("dataset") or manifest.name, patient, manifest.path, image, masks, absent
    )


def unused_masks(columns: Sequence[object], labels: Sequence[str]) -> list[str]:
    """Returns the columns of a manifest that hold masks which are not asked for."""
    used, held = (_mask_columns(masks, VESSELS).values() for masks in (labels, MASKS))
    return [str(column) for column in columns if column in held and column not in used]
