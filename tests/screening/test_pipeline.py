"""Order, bounds, and what becomes of a file that kills the process decoding it."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.source import Source
from fundusfm.screening.pipeline import prepared
from fundusfm.screening.prepare import Prepared, Unreadable


@dataclass(frozen=True)
class Killer(Source):
    """A photograph whose decoding ends the process."""

    def read(self) -> Photograph:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def test_a_file_that_kills_its_process_is_one_row(photographs: list[Path], tmp_path: Path) -> None:
    sources = [Source(path.name, str(path)) for path in photographs[:8]]
    sources.insert(3, Killer("bad.jpg", ""))
    sources.append(Source("missing.jpg", str(tmp_path / "missing.jpg")))
    found = list(prepared(sources, [64], workers=2))
    assert [result.name for result in found] == [source.name for source in sources]
    assert [type(result) for result in found] == [Prepared] * 3 + [Unreadable] + [Prepared] * 5 + [Unreadable]
    assert "ended the process that worked on it" in found[3].reason  # type: ignore[union-attr]
    assert "does not exist" in found[-1].reason  # type: ignore[union-attr]


@pytest.mark.parametrize("workers", [0, 1])
def test_only_a_bounded_number_is_under_way(photographs: list[Path], workers: int) -> None:
    drawn = 0

    def endless() -> Iterator[Source]:
        nonlocal drawn
        while True:
            drawn += 1
            yield Source(photographs[0].name, str(photographs[0]))

    results = prepared(endless(), [64], workers=workers)
    for _ in range(3):
        next(results)
    assert drawn <= 3 + 8 * workers
    results.close()  # type: ignore[attr-defined]
