"""The size of a pixel on the retina, where a DICOM file states it."""

from math import isclose, isfinite
from pathlib import Path

from fundusfm.data.dicom.dataset import is_dicom
from fundusfm.data.dicom.peek import peek

_START = 132
"""Bytes of a file that tell whether it is DICOM."""


def spacing_of(path: Path) -> float | None:
    """Returns micrometres per pixel from Pixel Spacing (0028,0030), which ophthalmic images give on the retina.

    Args:
        path: Any image file.

    Returns:
        None where the file is no DICOM, states none, or states pixels that are not square within 1 %.
    """
    with path.open("rb") as file:
        if not is_dicom(file.read(_START)):
            return None
        header = peek(file, also=("PixelSpacing",))
    if header is None or not header.get("PixelSpacing"):
        return None
    try:
        down, across = (float(value) for value in header.PixelSpacing)
    except (TypeError, ValueError):
        return None
    fits = isfinite(down) and down > 0 and isclose(down, across, rel_tol=0.01)
    return (down + across) / 2 * 1000 if fits else None
