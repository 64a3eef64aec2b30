"""What is screened: the bytes of an image file, a frame of a DICOM file, or pixels that something else has decoded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import Decoded, decode_bytes, decode_frame
from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_JPEG = b"\xff\xd8"


@dataclass(frozen=True)
class Photograph:
    """One photograph to screen.

    Attributes:
        name: What its row is called.
        content: An image file's bytes.
        image: uint8 (height, width, 3), RGB; already decoded, instead of `content`.
        dataset: A DICOM file that was read, instead of `content`.
        frame: Which photograph of the file, from 1.
        eye: `left` or `right` where a header says so, else empty.
        eye_doubt: What contradicts what about the eye, which is empty then; empty where nothing does.
        patient: Whose it is where the file of an OCT device says so; that of DICOM is in the dataset.
    """

    name: str
    content: bytes = b""
    image: NDArray[np.uint8] | None = None
    dataset: "Dataset | None" = None
    frame: int = 1
    eye: str = ""
    eye_doubt: str = ""
    patient: str = ""

    def __post_init__(self) -> None:
        if self.image is not None and (
            self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3 or not self.image.size
        ):
            raise DecodeError(
                f"{self.name}: {self.image.dtype} pixels of shape {self.image.shape}; expected uint8 of "
                "shape (height, width, 3)."
            )


class Decoder:
    """Decodes one photograph as finely as is asked for, and no scale of it twice.

    Args:
        photograph: What to decode.
    """

    def __init__(self, photograph: Photograph) -> None:
        self._photograph = photograph
        self._decoded: dict[int, Decoded] = {}

    def __call__(self, min_side: int | None = None) -> Decoded:
        """Returns the photograph with a shortest side of at least `min_side` pixels, if it has as many.

        Without `min_side`, it is decoded in its own pixels.

        Raises:
            DecodeError: The content cannot be decoded.
        """
        photograph = self._photograph
        if photograph.image is not None:
            height, width = photograph.image.shape[:2]
            return Decoded(photograph.image, 1.0, height, width)
        # Only a JPEG can be decoded at several scales.
        key = (min_side or 0) if photograph.content.startswith(_JPEG) else 0
        if key not in self._decoded:
            self._decoded[key] = _decode(photograph, min_side)
        return self._decoded[key]


def frame_name(file: str, number: int) -> str:
    """Returns what a photograph's row is called: the first one as its file, others `FILE#2`, `FILE#3` and so on."""
    return file if number == 1 else f"{file}#{number}"


def _decode(photograph: Photograph, min_side: int | None) -> Decoded:
    if photograph.dataset is not None:
        return decode_frame(photograph.dataset, photograph.frame, photograph.name)
    return decode_bytes(photograph.content, name=photograph.name, min_side=min_side, frame=photograph.frame)
