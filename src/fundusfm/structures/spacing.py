"""The size of a pixel on the retina, where a table or a DICOM file states it."""

from io import BytesIO
from math import isclose, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fundusfm.data.dicom.dataset import DAMAGE, is_dicom
from fundusfm.data.dicom.peek import peek
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import ManifestError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SCALE = "microns_per_pixel"
"""Column of a table."""

_START = 132
"""Bytes of a file that tell whether it is DICOM."""


def scale_of_cell(cell: str, where: str) -> float | None:
    """Returns micrometres per pixel from a cell of the column `microns_per_pixel`; None where it is empty.

    Args:
        cell: Text of the cell.
        where: Which table and row, for the sentence.

    Raises:
        ManifestError: It is no number above 0.
    """
    if not cell:
        return None
    try:
        scale = float(cell)
    except ValueError:
        scale = float("nan")
    if not isfinite(scale):
        raise ManifestError(f"{where}: `{SCALE}` holds '{cell}', expected numbers; correct or empty the cells")
    if scale <= 0:
        raise ManifestError(f"{where}, column `{SCALE}`: {scale:g} is not above 0; correct or empty the cell")
    return scale


def spacing_of(path: Path) -> float | None:
    """Returns micrometres per pixel from Pixel Spacing (0028,0030), which ophthalmic images give on the retina.

    Args:
        path: Any image file.

    Returns:
        None where the file is no DICOM, states none, or states pixels that are not square within 1 %.
    """
    with path.open("rb") as file:
        return _spacing_in(file) if is_dicom(file.read(_START)) else None


def spacing_of_photograph(photograph: Photograph) -> float | None:
    """Returns the same of a photograph that was read."""
    if photograph.dataset is not None:
        return _spacing(photograph.dataset)
    content = photograph.content
    return _spacing_in(BytesIO(content)) if is_dicom(content[:_START]) else None


def _spacing_in(file: BinaryIO) -> float | None:
    header = peek(file, also=("PixelSpacing",))
    return None if header is None else _spacing(header)


def _spacing(header: "Dataset") -> float | None:
    try:
        down, across = (float(value) for value in header.get("PixelSpacing") or ())
    except DAMAGE:
        return None
    fits = isfinite(down) and down > 0 and isclose(down, across, rel_tol=0.01)
    return (down + across) / 2 * 1000 if fits else None
