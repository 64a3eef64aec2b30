"""The header of a DICOM file without its pixels: what a list of photographs asks of every file."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from fundusfm.data.dicom.dataset import DAMAGE, DEFLATED, MOST_BYTES, quieten, read_dataset
from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_ATTRIBUTES = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "PatientID",
    "ImageLaterality",
    "Laterality",
    "AnatomicRegionSequence",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "NumberOfFrames",
    "Rows",
    "Columns",
)


def peek(file: BinaryIO, *, also: Sequence[str] = ()) -> "Dataset | None":
    """Reads what `read_header` and `sides_of` need, and the size, which only images have.

    Args:
        file: Open for reading and seekable, the content of a DICOM file.
        also: Keywords of further attributes to read.

    Returns:
        The header; None where it cannot be read, or pydicom is not installed: decoding the file says why.
    """
    try:
        import pydicom
        from pydicom.errors import InvalidDicomError
    except ImportError:
        return None
    quieten()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file.seek(0)
            pydicom.filereader.read_preamble(file, force=False)
            syntax = pydicom.filereader._read_file_meta_info(file).get("TransferSyntaxUID")
            file.seek(0)
            if syntax == DEFLATED:  # only the whole can be unpacked, and not before its size is known
                return read_dataset(file.read(MOST_BYTES + 1), "")
            return pydicom.dcmread(file, stop_before_pixels=True, specific_tags=[*_ATTRIBUTES, *also])
    except (*DAMAGE, InvalidDicomError, DecodeError):
        return None
