"""Searches an archive again and again, until the command is told to stop.

An archive that cannot be reached is asked again after pauses that double, up to an hour. An image that fails, because
it is damaged or the archive refuses its report, is tried again in the next search, then after 2, 4, 8 more, so that
it costs the archive little; the first search after a start tries all of them.
"""

import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

from fundusfm.errors import ConfigError, PacsError

_LONGEST_PAUSE = 3600.0
_SECONDS = 60.0


class Round:
    """What one search knows of those before it.

    Attributes:
        watching: Whether others follow.
        stopping: Whether the command was told to stop; the image at hand is finished.
    """

    def __init__(self, *, watching: bool = False) -> None:
        self.watching = watching
        self.stopping = False
        self._number = 0
        self._failures: dict[str, tuple[int, int]] = {}

    def next(self) -> None:
        """Begins another search."""
        self._number += 1

    def is_due(self, instance: str) -> bool:
        """Whether an image is to be tried in this search."""
        return self._failures.get(instance, (0, 0))[1] <= self._number

    def note(self, instance: str, *, failed: bool) -> None:
        """Remembers how an image went."""
        if not failed:
            self._failures.pop(instance, None)
            return
        times = self._failures.get(instance, (0, 0))[0]
        self._failures[instance] = (times + 1, self._number + 2**times)


def check_minutes(minutes: float) -> None:
    """Refuses a pause that is none.

    Raises:
        ConfigError: It is not above 0 and finite.
    """
    if not 0 < minutes < math.inf:
        raise ConfigError(f"--watch is {minutes:g}; it must be a number of minutes above 0.")


def watch(search: Callable[[Round], None], *, minutes: float) -> None:
    """Searches again and again; returns after SIGTERM or Ctrl-C, once the image at hand is done.

    Args:
        search: Makes one search.
        minutes: From the end of one to the beginning of the next.

    Raises:
        PacsError: The first search fails: address or credentials may be wrong. Later failures are waited out.
    """
    rounds, stop, failures = Round(watching=True), threading.Event(), 0

    def end() -> None:
        rounds.stopping = True
        stop.set()

    with told_to_stop(end):
        _say(f"watching, every {minutes:g} minutes; SIGTERM or Ctrl-C stops after the image at hand")
        search(rounds)
        while not stop.wait(pause(minutes, failures)):
            rounds.next()
            try:
                search(rounds)
                failures = 0
            except PacsError as error:
                failures += 1
                _say(f"{error} Trying again in {pause(minutes, failures) / _SECONDS:g} minutes.")
        _say("stopped")


def pause(minutes: float, failures: int) -> float:
    """Returns the seconds to wait after some failures in a row."""
    usual = minutes * _SECONDS
    return min(usual * 2.0 ** min(failures, 16), max(usual, _LONGEST_PAUSE)) if failures else usual


@contextmanager
def told_to_stop(end: Callable[[], None]) -> Iterator[None]:
    """Calls a function at the first SIGTERM or SIGINT; a second one ends the program as usual."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread is told
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def told(_: int, __: FrameType | None) -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        end()

    for number in before:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(sentence: str) -> None:
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} {sentence}", file=sys.stderr, flush=True)
