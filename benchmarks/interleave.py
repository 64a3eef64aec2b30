"""Two ways of doing the same work, timed in turns, so that a noisy machine is as unfair to one as to the other."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Seconds of each turn.

    Attributes:
        ours: Of this package.
        usual: Of the usual pipeline, turn by turn beside `ours`.
    """

    ours: list[float]
    usual: list[float]

    @property
    def ratio(self) -> float:
        """How many times as fast ours is: the median over turns."""
        return median(self.ratios)

    @property
    def ratios(self) -> list[float]:
        """The ratio of each turn."""
        return [usual / ours for ours, usual in zip(self.ours, self.usual, strict=True)]


def interleave(ours: Work, usual: Work, *, repeats: int, clock: Callable[[], float] = time.perf_counter) -> Timing:
    """Runs both once to warm up, then in turns.

    Args:
        ours: Work of this package.
        usual: The same work as users would otherwise do it.
        repeats: Number of turns.
        clock: Tells seconds; `time.process_time` for work on one core of this process, which a busy machine does not
            make longer.
    """
    ours()
    usual()
    timing = Timing([], [])
    for _ in range(repeats):
        timing.ours.append(seconds(ours, clock))
        timing.usual.append(seconds(usual, clock))
    return timing


def seconds(work: Work, clock: Callable[[], float] = time.perf_counter) -> float:
    """Returns how long a piece of work takes."""
    started = clock()
    work()
    return clock() - started


def processor_seconds() -> float:
    """Returns what the processes started from here took of all cores, those that have ended.

    On a busy machine it says more than the clock.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
