"""Identifies a photograph in an audit log without its name."""

import hashlib
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Literal

from fundusfm.data.dicom.dataset import is_dicom
from fundusfm.data.dicom.header import header_text
from fundusfm.data.dicom.peek import peek
from fundusfm.data.inputs.photograph import Photograph


@dataclass(frozen=True)
class Trace:
    """A photograph's identity, and how its work went.

    Attributes:
        of: What was hashed: the bytes of the `file`, or the `sop` Instance UID of a DICOM object.
        sha256: Its SHA-256 in hexadecimal; None where nothing could be read.
        frame: Number of the photograph in a file of several, from 1.
        seconds: Time that decoding and scoring took; waiting is not counted.
        distance: Of its features from the training photographs, see `fundusfm.models.reference`; None without one.
    """

    of: Literal["file", "sop"] = "file"
    sha256: str | None = None
    frame: int = 1
    seconds: float = 0.0
    distance: float | None = None

    def scored(self, seconds: float, distance: float | None) -> "Trace":
        """Returns the trace with the time and the distance that scoring adds."""
        return replace(self, seconds=self.seconds + seconds, distance=None if distance is None else float(distance))

    def plain(self) -> dict[str, Any]:
        """Returns the trace as a line of the log holds it."""
        return {
            "photograph": {"of": self.of, "sha256": self.sha256, "frame": self.frame},
            "seconds": round(self.seconds, 4),
            "distance": None if self.distance is None else round(self.distance, 4),
        }


def trace_of(photograph: Photograph) -> Trace:
    """Identifies a photograph: a DICOM object by its SOP Instance UID, which copies share; any other file by bytes."""
    dataset = photograph.dataset
    if dataset is None and is_dicom(photograph.content):
        dataset = peek(BytesIO(photograph.content))
    uid = "" if dataset is None else header_text(dataset, "SOPInstanceUID")
    if uid:
        return sop_trace(uid, photograph.frame)
    return Trace("file", _sha256(photograph.content) if photograph.content else None, photograph.frame)


def sop_trace(uid: str, frame: int) -> Trace:
    """Identifies a frame of a DICOM object by its SOP Instance UID."""
    return Trace("sop", _sha256(uid.encode()), frame)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
