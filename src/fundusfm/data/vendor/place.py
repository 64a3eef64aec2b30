"""Where a photograph lies in a vendor's file."""

from dataclasses import dataclass
from typing import BinaryIO

from fundusfm.data.eye_names import Eye


@dataclass(frozen=True)
class Place:
    """A photograph, not yet read.

    Attributes:
        start: Where its bytes begin in the file.
        length: How many there are.
        head: What makes an image file of them, to be put in front; empty where they are one.
        blue_first: Whether its channels are blue, green, red.
        eye: `left` or `right` where the file says so, else empty.
        doubt: What contradicts what about the eye; empty where nothing does.
        patient: Identifier of the patient; empty where the file has none.
    """

    start: int
    length: int
    head: bytes = b""
    blue_first: bool = False
    eye: Eye = ""
    doubt: str = ""
    patient: str = ""


def read_exactly(file: BinaryIO, start: int, length: int) -> bytes:
    """Reads a part of a file.

    Raises:
        ValueError: The file ends before.
    """
    file.seek(start)
    found = file.read(length)
    if len(found) < length:
        raise ValueError(f"it ends after {start + len(found):,} bytes")
    return found


def size_of(file: BinaryIO) -> int:
    """Returns the length of a file in bytes."""
    return file.seek(0, 2)


def text_of(raw: bytes) -> str:
    """Returns a text that is padded with zeros; signs that are not printable ASCII are left out."""
    text = raw.partition(b"\0")[0].decode("ascii", "ignore")
    return "".join(sign for sign in text if sign.isprintable()).strip()
