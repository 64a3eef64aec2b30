"""From the bytes of a DICOM file (PS3.10) to a pydicom dataset, or to one sentence that says why not.

pydicom is imported only when such a file is met. Its messages quote header values, which may be a patient's, so
neither its warnings nor the text of its exceptions are passed on.
"""

import logging
import struct
import warnings
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from fundusfm.errors import DecodeError, MissingExtraError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PREAMBLE = 128
DEFLATED = "1.2.840.10008.1.2.1.99"
# Nine times what the largest fundus cameras write; a small deflated file that unpacks to more is hostile.
MOST_BYTES = 1_000_000_000

DAMAGE = (
    ArithmeticError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pydicom and its decoders raise on damaged content."""


def is_dicom(content: bytes) -> bool:
    """Whether this is the content of a DICOM file: `DICM` after a preamble of 128 bytes."""
    return content[_PREAMBLE : _PREAMBLE + 4] == b"DICM"


def read_dataset(content: bytes, name: str, *, most_bytes: int = MOST_BYTES) -> "Dataset":
    """Parses a DICOM file.

    Args:
        content: The whole file.
        name: What to call it in messages.
        most_bytes: Most bytes that a deflated file may unpack to.

    Returns:
        The dataset with its file meta information; values are not checked against their VR.

    Raises:
        DecodeError: pydicom is not installed, or the file is truncated, damaged or unreasonably large.
    """
    try:
        import pydicom
        from pydicom.errors import InvalidDicomError
    except ImportError:
        raise DecodeError(f"{name} is a DICOM file. {MissingExtraError('pydicom', 'dicom')}") from None
    quieten()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = BytesIO(content)
            # The public function for this wants a path.
            pydicom.filereader.read_preamble(file, force=False)
            syntax = pydicom.filereader._read_file_meta_info(file).get("TransferSyntaxUID")
            if syntax == DEFLATED:
                _refuse_bomb(content[file.tell() :], name, most_bytes)
            dataset = pydicom.dcmread(BytesIO(content))
    except (*DAMAGE, InvalidDicomError) as error:
        raise DecodeError(
            f"{name} (DICOM) is truncated or damaged ({type(error).__name__}): export it again."
        ) from None
    if not dataset:  # pydicom drops everything where the file ends in the middle of an element
        raise DecodeError(f"{name} (DICOM) is truncated: it ends after {len(content):,} bytes. Copy the file again.")
    if not isinstance(syntax, str):
        raise DecodeError(f"{name} (DICOM) names no transfer syntax in its file meta information: export it again.")
    return dataset


def quieten() -> None:
    """Keeps pydicom from checking values, and from quoting them in logs and warnings.

    Cameras write values that break their VR's rules; none of those matters for the pixels.
    """
    from pydicom import config

    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    # Values are converted when they are first looked at, which may be long after the file was read.
    warnings.filterwarnings("ignore", module="pydicom")
    config.settings.reading_validation_mode = config.IGNORE
    config.convert_wrong_length_to_UN = True


def _refuse_bomb(deflated: bytes, name: str, most_bytes: int) -> None:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    left, size = deflated, 0
    while left and size <= most_bytes:
        size += len(unpacker.decompress(left, 1 << 24))
        left = unpacker.unconsumed_tail
    if size > most_bytes:
        raise DecodeError(
            f"{name} (DICOM, deflated) unpacks to more than {most_bytes:,} bytes, which no photograph "
            "needs: export it uncompressed or as JPEG."
        )
