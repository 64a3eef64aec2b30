"""What the server asks of a decoding process, and what it answers.

A conversation is about one upload: it is opened, then its photographs are prepared or looked at by number.
"""

from dataclasses import dataclass

from fundusfm.screening.documents.views import View
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.server.protection.limits import Limits


@dataclass(frozen=True)
class Open:
    """Read the header of an upload.

    Attributes:
        name: File name to show.
        content: The file.
        limits: Bounds of the server.
        salt: Secret of this server's process that keys of patients are made with.
    """

    name: str
    content: bytes
    limits: Limits
    salt: bytes


@dataclass(frozen=True)
class Prepare:
    """Decode and crop a photograph for the networks.

    Attributes:
        number: Position among the upload's photographs, from 0.
        sizes: Sides of the crops in pixels.
        traced: Identify it for the audit log.
    """

    number: int
    sizes: tuple[int, ...]
    traced: bool = False


@dataclass(frozen=True)
class LookAt:
    """Decode and crop a photograph for people.

    Attributes:
        number: Position among the upload's photographs, from 0.
    """

    number: int


Job = Open | Prepare | LookAt


@dataclass(frozen=True)
class UploadFrame:
    """A photograph of an upload, told from its header.

    Attributes:
        name: Name of its row.
        eye: `left`, `right`, or empty where the header names none.
        person: Salted key that photographs of one patient share; empty where the header names no patient.
        refused: Why it will not be decoded; empty if it will.
        eye_doubt: What contradicts what about the eye; empty where nothing does.
    """

    name: str
    eye: str = ""
    person: str = ""
    refused: str = ""
    eye_doubt: str = ""


@dataclass(frozen=True)
class Opened:
    """An upload's header.

    Attributes:
        frames: Its photographs, at least one.
        heavy: Whether decoding one of them is expected to take long.
    """

    frames: tuple[UploadFrame, ...]
    heavy: bool = False


@dataclass(frozen=True)
class Bug:
    """The program failed.

    Attributes:
        kind: Class name of the exception. Its text is left behind, because it may quote a patient's header.
        where: The lines of code that led there.
    """

    kind: str
    where: str


Answer = Opened | Prepared | View | Unreadable | Bug
