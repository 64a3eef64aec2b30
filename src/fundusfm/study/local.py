"""The engines of one machine: in this process, or in several."""

import os
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from loky import ProcessPoolExecutor

from fundusfm.data.parallel import end_with
from fundusfm.study.jobs import Job
from fundusfm.study.record import Record
from fundusfm.study.work import perform

_KILLED = "its process was killed, perhaps for want of memory; --resume does it again"


class InProcess:
    """One job after the other, here."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Job, str]] = []

    def submit(self, job: Job, log: str) -> None:
        """Keeps the job until `wait`."""
        self._waiting.append((job, log))

    def wait(self) -> list[Record]:
        """Does the next job."""
        return [perform(*self._waiting.pop(0))]

    def close(self) -> None:
        """Nothing runs outside of `wait`."""


@dataclass
class _Place:
    """A process that does one job at a time, and stays so that torch is loaded once."""

    pool: ProcessPoolExecutor
    job: Job | None = None


class Processes:
    """Several jobs at once, as many as there are processes and as their cores allow.

    Every process has a pool of its own: one that is killed fails its own job and no other.

    Args:
        count: Most processes.
        cpus: Cores to share; those of the machine by default.
    """

    def __init__(self, count: int, *, cpus: float | None = None) -> None:
        self._cpus = cpus or float(os.cpu_count() or 1)
        self._places = [_Place(_new_pool()) for _ in range(count)]
        self._waiting: list[tuple[Job, str]] = []
        self._running: dict[Future[Record], _Place] = {}

    def submit(self, job: Job, log: str) -> None:
        """Starts the job, or queues it."""
        self._waiting.append((job, log))
        self._start()

    def wait(self) -> list[Record]:
        """Waits for the next to finish."""
        finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
        records = [self._settle(future) for future in finished]
        self._start()
        return records

    def close(self) -> None:
        """Kills what still runs."""
        for place in self._places:
            # After an interruption nobody wants the results of what still runs.
            place.pool.shutdown(wait=False, kill_workers=True)

    def _start(self) -> None:
        for job, log in list(self._waiting):
            free = next((place for place in self._places if place.job is None), None)
            used = sum(place.job.resources.cpus for place in self._places if place.job is not None)
            if free is None or (used and used + job.resources.cpus > self._cpus):
                return
            self._waiting.remove((job, log))
            free.job = job
            self._running[free.pool.submit(perform, job, log)] = free

    def _settle(self, future: Future[Record]) -> Record:
        place = self._running.pop(future)
        job, place.job = place.job, None
        assert job is not None  # a running future's place has a job
        try:
            return future.result()
        except BrokenProcessPool:
            place.pool = _new_pool()
            return Record(job.id, "failed", _KILLED, call=job.digest)


def _new_pool() -> ProcessPoolExecutor:
    # A resumed study must be alone: the process ends as soon as the study's own is gone.
    return ProcessPoolExecutor(1, initializer=end_with, initargs=(os.getpid(),))
