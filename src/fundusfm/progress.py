"""Progress for long work: a bar with rate and time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_SECONDS_BETWEEN_LINES = 10.0

at_command_line: ContextVar[bool] = ContextVar("at_command_line", default=False)
"""Whether a result should be printed, because nobody will look at what the function returns."""


def track(items: Iterable[T], *, label: str, total: int | None = None, unit: str = "it") -> Iterator[T]:
    """Yields the items while showing how far the work has come, on standard error.

    Args:
        items: Items to work through.
        label: Name of the work in a few words.
        total: Number of items, where `items` has no length.
        unit: Name of one item, such as `photo`.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    if sys.stderr.isatty():
        from tqdm import tqdm  # a tenth of a second, which `--help` need not wait for

        yield from tqdm(items, desc=label, total=total, unit=unit, dynamic_ncols=True)
        return
    started = last = time.monotonic()
    done = 0
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - last >= _SECONDS_BETWEEN_LINES:
            last = now
            _print_line(label, done, total, unit, now - started)
    _print_line(label, done, total, unit, time.monotonic() - started)


def _print_line(label: str, done: int, total: int | None, unit: str, seconds: float) -> None:
    rate = done / seconds if seconds > 0 else 0.0
    left = f", {(total - done) / rate:.0f} s left" if total and rate and done < total else ""
    of = f"/{total}" if total else ""
    print(f"{label}: {done}{of} {unit}, {rate:.1f} {unit}/s{left}", file=sys.stderr, flush=True)
