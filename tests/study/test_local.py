"""Several processes: their number, their cores, and one that is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fundusfm.study.calls import Call
from fundusfm.study.jobs import Job
from fundusfm.study.local import Processes
from fundusfm.study.spec import Resources

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class FileConfig:
    """A file to write."""

    path: str = ""


def stop_oneself(_: FileConfig) -> None:
    """A job whose process is killed, as by the kernel for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def note_times(config: FileConfig) -> None:
    """A job that writes when it ran."""
    started = time.monotonic()
    time.sleep(0.4)
    Path(config.path).write_text(f"{started} {time.monotonic()}", encoding="utf-8")


def _job(id: str, function: Callable[[FileConfig], None], path: Path, cpus: float = 1) -> Job:
    return Job(id, "features", Call(function, FileConfig(str(path))), (), "", "cache", resources=Resources(cpus=cpus))


def test_a_killed_process_fails_its_own_job_only(tmp_path: Path) -> None:
    engine = Processes(2)
    engine.submit(_job("killed", stop_oneself, tmp_path), str(tmp_path / "killed.log"))
    for number in range(3):
        job = _job(f"{number}", note_times, tmp_path / f"{number}")
        engine.submit(job, str(tmp_path / f"{number}.log"))
    records = {}
    while len(records) < 4:
        records |= {record.id: record for record in engine.wait()}
    engine.close()
    assert "killed" in records["killed"].reason
    assert [records[f"{number}"].status for number in range(3)] == ["done"] * 3


def test_jobs_share_the_cores(tmp_path: Path) -> None:
    engine = Processes(2, cpus=2)
    for number in range(2):
        job = _job(f"{number}", note_times, tmp_path / f"{number}", cpus=2)
        engine.submit(job, str(tmp_path / f"{number}.log"))
    found = 0
    while found < 2:
        found += len(engine.wait())
    engine.close()
    times = sorted(tuple(map(float, (tmp_path / f"{number}").read_text().split())) for number in range(2))
    assert times[0][1] <= times[1][0]


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    code = f"""
from tests.study.test_local import _job, note_itself_and_wait
from fundusfm.study.local import Processes
import os, pathlib, time
engine = Processes(1)
engine.submit(_job("x", note_itself_and_wait, pathlib.Path({str(tmp_path / "pid")!r})), {str(tmp_path / "log")!r})
while not pathlib.Path({str(tmp_path / "pid")!r}).exists():
    time.sleep(0.05)
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    worker = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not _runs(worker):
            return
        time.sleep(0.1)
    raise AssertionError(f"process {worker} outlived its parent")


def note_itself_and_wait(config: FileConfig) -> None:
    """A job that would take minutes."""
    Path(config.path).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(300)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
