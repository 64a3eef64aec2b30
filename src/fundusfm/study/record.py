"""The outcome of each job, in a small file of its own below `jobs/`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from fundusfm.runs import write_atomic
from fundusfm.study.jobs import Job

Status = Literal["done", "failed", "waiting"]


@dataclass(frozen=True)
class Record:
    """The outcome of a job.

    Attributes:
        id: Id of the job.
        status: `done`, `failed`, or `waiting` for one that never started because another failed.
        reason: Why it failed or waits.
        seconds: Time it took.
        host: Name of the machine.
        call: Hash of what was called, so that a changed study does a job again.
    """

    id: str
    status: Status
    reason: str = ""
    seconds: float = 0.0
    host: str = ""
    call: str = ""


def record_path(out: Path, id: str) -> Path:
    """Returns where a job's record is kept."""
    return out / "jobs" / f"{id}.json"


def write_record(out: Path, record: Record) -> None:
    """Writes a record, atomically."""
    path = record_path(out, record.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(asdict(record), indent=2) + "\n")


def read_record(out: Path, id: str) -> Record | None:
    """Returns a job's record, or None where there is none."""
    path = record_path(out, id)
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Record(**content)


def is_done(out: Path, job: Job) -> bool:
    """Whether a job has succeeded with these very arguments, and what it wrote is still there."""
    record = read_record(out, job.id)
    if record is None or record.status != "done" or record.call != job.digest:
        return False
    return not job.output or Path(job.output).exists()
