"""What is screened: the bytes of an image file, or pixels that something else has decoded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode import Decoded, decode_bytes
from fundusfm.errors import DecodeError

_JPEG = b"\xff\xd8"


@dataclass(frozen=True)
class Photograph:
    """One photograph to screen.

    Attributes:
        name: What its row is called.
        content: An image file's bytes.
        image: uint8 (height, width, 3), RGB; already decoded, instead of `content`.
    """

    name: str
    content: bytes = b""
    image: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        if self.image is not None and (self.image.dtype != np.uint8 or self.image.ndim != 3
                                       or self.image.shape[2] != 3 or not self.image.size):
            raise DecodeError(f"{self.name}: {self.image.dtype} pixels of shape {self.image.shape}; expected uint8 of "
                              "shape (height, width, 3).")


class Decoder:
    """Decodes one photograph as finely as is asked for, and no scale of it twice.

    Args:
        photograph: What to decode.
    """

    def __init__(self, photograph: Photograph) -> None:
        self._photograph = photograph
        self._decoded: dict[int, Decoded] = {}

    def __call__(self, min_side: int) -> Decoded:
        """Returns the photograph with a shortest side of at least `min_side` pixels, if it has as many.

        Raises:
            DecodeError: The content cannot be decoded.
        """
        photograph = self._photograph
        if photograph.image is not None:
            height, width = photograph.image.shape[:2]
            return Decoded(photograph.image, 1.0, height, width)
        # Only a JPEG can be decoded at several scales.
        key = min_side if photograph.content.startswith(_JPEG) else 0
        if key not in self._decoded:
            self._decoded[key] = decode_bytes(photograph.content, name=photograph.name, min_side=min_side)
        return self._decoded[key]
