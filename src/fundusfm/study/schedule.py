"""Runs jobs in an order that their dependencies allow, several at once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from fundusfm.study.jobs import Job
from fundusfm.study.record import Record, is_done, write_record


class Engine(Protocol):
    """Does jobs somewhere. `submit` returns at once; `wait` returns finished ones as they come."""

    def submit(self, job: Job, log: str) -> None:
        """Starts a job as soon as there is room for it."""

    def wait(self) -> list[Record]:
        """Returns the records of jobs that have finished since, at least one."""

    def close(self) -> None:
        """Stops what still runs and frees everything."""


def run_jobs(jobs: Sequence[Job], out: Path, engine: Engine, *, report: Callable[[Record, int, int], None]) -> None:
    """Runs what is not done yet; a failure stops only what depends on it.

    Args:
        jobs: All jobs, each after those it depends on.
        out: The study's folder.
        engine: Engine that runs them.
        report: Called with each new record, the number of jobs finished, and that of all there were to do.
    """
    done = {job.id for job in jobs if is_done(out, job)}
    failed: dict[str, str] = {}
    todo = {job.id: job for job in jobs if job.id not in done}
    running: set[str] = set()
    total = len(todo)

    def settle(record: Record) -> None:
        write_record(out, record)
        if record.status == "done":
            done.add(record.id)
        else:
            failed[record.id] = record.reason
        report(record, total - len(todo) - len(running), total)

    while todo or running:
        for job in list(todo.values()):
            broken = next((other for other in job.depends_on if other in failed), None)
            if broken:
                del todo[job.id]
                settle(Record(job.id, "waiting", f"{broken} failed: {failed[broken]}", call=job.digest))
            elif all(other in done for other in job.depends_on):
                del todo[job.id]
                running.add(job.id)
                engine.submit(job, str(out / "jobs" / f"{job.id}.log"))
        if running:
            for record in engine.wait():
                running.discard(record.id)
                settle(record)
