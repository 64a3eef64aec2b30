"""Decoding in worker processes while the network computes.

A file that kills the process which decodes it, or that never ends, is one failed row, not the end of the run.
"""

import functools
import os
from collections.abc import Iterable, Iterator, Sequence

from fundusfm.data.inputs.light import is_light_source
from fundusfm.data.inputs.source import Source
from fundusfm.data.parallel import ordered_map
from fundusfm.errors import DecodeError
from fundusfm.screening.prepare import Prepared, Unreadable, prepare

Result = Prepared | Unreadable

_MOST_WORKERS = 8


def default_workers() -> int:
    """Returns how many processes decode: one per core, and at most 8."""
    return min(_MOST_WORKERS, os.cpu_count() or 1)


def read_and_prepare(source: Source, sizes: Sequence[int], *, traced: bool = False) -> Result:
    """Reads, decodes and crops one photograph; every fault of the file is an `Unreadable`.

    Args:
        source: Where it is.
        sizes: Sides of the crops.
        traced: As for `prepare`.
    """
    try:
        photograph = source.read()
    except DecodeError as error:
        return Unreadable(source.name, str(error))
    return prepare(photograph, sizes, traced=traced)


def prepared(
    sources: Iterable[Source], sizes: Sequence[int], *, workers: int, traced: bool = False
) -> Iterator[Result]:
    """Yields the prepared photographs in order.

    Args:
        sources: Drawn only `8 * workers` ahead of what has been taken.
        sizes: Sides of the crops.
        workers: Processes; 0 works in this one, but for photographs that declare to take much.
        traced: As for `prepare`.
    """
    work = functools.partial(read_and_prepare, sizes=tuple(sizes), traced=traced)
    return ordered_map(work, sources, workers=workers, lost=_lost, light=is_light_source)


def _lost(source: Source, reason: str) -> Result:
    return Unreadable(source.name, f"{source.name} {reason}.")
