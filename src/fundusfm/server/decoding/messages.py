"""Jobs and answers as bytes: JSON and pixels, nothing that could run.

A decoding process sees hostile uploads and may be taken over by one. What it writes is therefore read as JSON, checked
against the answers that its job can have, and as pixels, of which there are as many as were asked for. A message is
the length of both (`HEAD`), the JSON, and the bytes of a file or of pictures.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter

from fundusfm.data.decode.pixels import MOST_PIXELS
from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV
from fundusfm.screening.audit.trace import Trace
from fundusfm.screening.documents.views import SIDE, View
from fundusfm.screening.gates.evidence import Evidence
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.server.decoding.jobs import Answer, Bug, Job, LookAt, Open, Opened, Prepare
from fundusfm.server.protection.limits import Limits

HEAD = struct.Struct(">IQ")
"""Bytes of JSON and bytes of data that follow."""

_MOST_TEXT = 4_000_000
"""Bytes of JSON; the names of ten thousand frames take less."""

_CHANNELS = 3
_Side = Annotated[int, Field(ge=1, le=MOST_PIXELS)]

Message = tuple[bytes, bytes]
"""JSON and data."""


class MessageError(ValueError):
    """What a decoding process wrote is no answer to its job."""


@dataclass(frozen=True)
class _PreparedText:
    """`Prepared` without its pixels; the keys of `fovs` are the sides of the crops."""

    name: str
    fovs: dict[int, FOV]
    height: _Side
    width: _Side
    evidence: Evidence
    trace: Trace | None


@dataclass(frozen=True)
class _ViewText:
    """`View` without its pixels."""

    circle: bool


def write_job(job: Job) -> Message:
    """Returns a job as a message."""
    if isinstance(job, Open):
        fields = {"name": job.name, "limits": asdict(job.limits), "salt": job.salt.hex()}
        return _text("Open", fields), job.content
    return _text(type(job).__name__, asdict(job)), b""


def read_job(text: bytes, data: bytes) -> Job:
    """Returns the job of a message; the server wrote it, so it is believed."""
    kind, fields = json.loads(text)
    match kind:
        case "Open":
            return Open(fields["name"], data, Limits(**fields["limits"]), bytes.fromhex(fields["salt"]))
        case "Prepare":
            return Prepare(**{**fields, "sizes": tuple(fields["sizes"])})
        case _:
            return LookAt(**fields)


def write_answer(answer: Answer) -> Message:
    """Returns an answer as a message."""
    match answer:
        case Prepared():
            fovs = {size: crop.fov for size, crop in answer.crops.items()}
            told = _PreparedText(answer.name, fovs, answer.height, answer.width, answer.evidence, answer.trace)
            squares = b"".join(answer.squares[size].tobytes() for size in fovs)
            return _text("Prepared", asdict(told)), squares
        case View():
            return _text("View", {"circle": answer.circle}), answer.square.tobytes()
        case _:
            return _text(type(answer).__name__, asdict(answer)), b""


def check_head(job: Job, text: int, data: int) -> None:
    """Refuses an answer by its length, before anything of it is read.

    Raises:
        MessageError: No answer to this job is as long.
    """
    if text > _MOST_TEXT or data not in (0, _bytes_of(_sides(job))):
        raise MessageError(f"{text:,} bytes of text and {data:,} of data answer no job {type(job).__name__}")


def read_answer(job: Job, text: bytes, data: bytes) -> Answer:
    """Returns the answer that a message holds.

    Args:
        job: What was asked.
        text: JSON.
        data: Pixels.

    Raises:
        MessageError: It is damaged, or no answer to this job.
    """
    try:
        kind, fields = json.loads(text)
        told: Answer | _PreparedText | _ViewText = _readers(type(job).__name__)[kind].validate_python(fields)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MessageError(f"no answer to a job {type(job).__name__} ({type(error).__name__})") from error
    if isinstance(told, _ViewText | _PreparedText):
        squares = _squares(_sides(job), data)
        if isinstance(told, _ViewText):
            return View(squares[SIDE], told.circle)
        if set(told.fovs) != set(squares):
            raise MessageError("the crops are not of the sizes that were asked for")
        crops = {size: Crop(told.fovs[size], size) for size in squares}
        return Prepared(told.name, squares, crops, told.height, told.width, told.evidence, told.trace)
    if data:
        raise MessageError("pixels that nobody asked for")
    if isinstance(told, Opened) and not told.frames:
        raise MessageError("an upload without photographs")
    return told


@cache
def _readers(job: str) -> Mapping[str, TypeAdapter[Any]]:
    """Returns what can answer a kind of job, by the answer's name."""
    kinds: dict[str, Any] = {"Bug": Bug}
    if job == Open.__name__:
        kinds["Opened"] = Opened
    else:
        kinds["Unreadable"] = Unreadable
        kinds |= {"Prepared": _PreparedText} if job == Prepare.__name__ else {"View": _ViewText}
    return {name: TypeAdapter(kind) for name, kind in kinds.items()}


def _text(kind: str, fields: Mapping[str, Any]) -> bytes:
    return json.dumps([kind, fields]).encode()


def _sides(job: Job) -> tuple[int, ...]:
    """Returns the sides of the pictures that a job asks for."""
    match job:
        case Prepare():
            return tuple(dict.fromkeys(job.sizes))
        case LookAt():
            return (SIDE,)
        case Open():
            return ()


def _bytes_of(sides: tuple[int, ...]) -> int:
    return sum(_CHANNELS * side * side for side in sides)


def _squares(sides: tuple[int, ...], data: bytes) -> dict[int, NDArray[np.uint8]]:
    if len(data) != _bytes_of(sides):
        raise MessageError(f"{len(data):,} bytes of pixels, not those of {sides}")
    pixels, squares = np.frombuffer(bytearray(data), np.uint8), dict[int, NDArray[np.uint8]]()
    for side in sides:
        own, pixels = np.split(pixels, [_CHANNELS * side * side])
        squares[side] = own.reshape(side, side, _CHANNELS)
    return squares
