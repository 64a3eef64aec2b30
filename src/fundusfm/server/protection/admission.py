"""How much may be in hand at once: bytes that were received and photographs that wait for their answer.

Both are counted by the event loop's thread alone. What is beyond the bounds is turned away before it costs anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from fundusfm.server.problems import BusyError
from fundusfm.server.protection.limits import Limits

_RETRY_AFTER = 2
_FULL_REQUESTS = 8
"""Requests of the largest size that may be in memory together."""


class Admission:
    """The bounds of one server and what is in hand.

    Attributes:
        photographs: Photographs accepted and not yet answered.
        bytes: Size of the bodies in memory.
    """

    def __init__(self, limits: Limits) -> None:
        self.photographs = 0
        self.bytes = 0
        self._most_photographs = limits.queue
        self._most_bytes = limits.bytes * _FULL_REQUESTS

    @property
    def full(self) -> bool:
        """Whether not one more photograph has a place."""
        return self.photographs >= self._most_photographs

    @contextmanager
    def hold(self, photographs: int) -> Iterator[None]:
        """Keeps places for photographs, all of them or none.

        Raises:
            BusyError: There are too few.
        """
        if self.photographs + photographs > self._most_photographs:
            raise BusyError(f"{self.photographs} photographs are waiting, of {self._most_photographs} that may: "
                            "try again in a moment.", retry_after=_RETRY_AFTER)  # fmt: skip
        self.photographs += photographs
        try:
            yield
        finally:
            self.photographs -= photographs

    def receive(self, length: int) -> None:
        """Counts bytes in; whoever calls gives them back with `release`.

        Raises:
            BusyError: Memory for uploads is used up.
        """
        if self.bytes + length > self._most_bytes:
            raise BusyError("Too many uploads at once: try again in a moment.", retry_after=_RETRY_AFTER)
        self.bytes += length

    def release(self, length: int) -> None:
        """Counts bytes out."""
        self.bytes -= length
