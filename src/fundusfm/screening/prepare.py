"""Prepares a photograph in a worker process: crops, geometry and measurements."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.data.inputs.photograph import Decoder, Photograph
from fundusfm.data.store.convert import crop_decoded
from fundusfm.errors import DecodeError
from fundusfm.screening.audit.trace import Trace, trace_of
from fundusfm.screening.gates.evidence import SIDE, Evidence, measure
from fundusfm.screening.gates.fields import count_fields


@dataclass(frozen=True)
class Prepared:
    """A photograph ready for inference.

    Attributes:
        name: What the photograph's row is called.
        squares: uint8 (size, size, 3) RGB by size: the crop that a network of that size takes.
        crops: Geometry of these crops by size, with the mapping back to original pixels.
        height: Height of the original photograph, upright, in pixels.
        width: Width of the original photograph, upright, in pixels.
        evidence: Measurements of the pixels.
        trace: What an audit log says of it; None where none is kept.
    """

    name: str
    squares: dict[int, NDArray[np.uint8]]
    crops: dict[int, Crop]
    height: int
    width: int
    evidence: Evidence
    trace: Trace | None = None


@dataclass(frozen=True)
class Unreadable:
    """A photograph that could not be decoded.

    Attributes:
        name: What the photograph's row is called.
        reason: Why it could not be decoded, and what to do.
        trace: What an audit log says of it; None where none is kept, or nothing could be read.
    """

    name: str
    reason: str
    trace: Trace | None = None


def prepare(photograph: Photograph, sizes: Sequence[int], *, traced: bool = False) -> Prepared | Unreadable:
    """Decodes and crops a photograph, exactly as a store of each size would.

    Args:
        photograph: What to prepare.
        sizes: Sides of the crops that the networks take.
        traced: Identify it for an audit log, which takes about 3 ms per MB of the file.
    """
    if not traced:
        return _prepare(photograph, sizes)
    started = time.perf_counter()
    trace = trace_of(photograph)
    found = _prepare(photograph, sizes)
    return replace(found, trace=replace(trace, seconds=time.perf_counter() - started))


def _prepare(photograph: Photograph, sizes: Sequence[int]) -> Prepared | Unreadable:
    decode = Decoder(photograph)
    try:
        made = {size: crop_decoded(decode, size) for size in sizes}
        # Decoded for the largest network, it is fine enough to be measured, unless that network is a very small one.
        largest = max(sizes, default=0)
        _, decoded, fov = made[largest] if largest >= SIDE else crop_decoded(decode, SIDE)
        crop = Crop(fov, SIDE)
        square = crop.apply(decoded.image, decoded.scale)
    except DecodeError as error:
        return Unreadable(photograph.name, str(error))
    except (cv2.error, MemoryError) as error:
        return Unreadable(photograph.name, f"{photograph.name} cannot be cropped ({error}): export it again.")
    evidence = measure(
        square, crop, decoded.original_height, decoded.original_width, fields=count_fields(decoded.image)
    )
    return Prepared(
        photograph.name,
        {size: made[size][0] for size in sizes},
        {size: Crop(made[size][2], size) for size in sizes},
        decoded.original_height,
        decoded.original_width,
        evidence,
    )
