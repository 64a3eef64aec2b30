"""The order of jobs, failures that stop only what needs them, and doing only what is missing."""

from pathlib import Path

from fundusfm.config.data import PrepareConfig
from fundusfm.data.store.prepare import run_prepare
from fundusfm.study.calls import Call
from fundusfm.study.jobs import Job
from fundusfm.study.record import Record, is_done, read_record
from fundusfm.study.schedule import run_jobs


class _Engine:
    """Does jobs in the order of submission; those named fail."""

    def __init__(self, *failing: str) -> None:
        self.done: list[str] = []
        self._failing, self._waiting = failing, list[Job]()

    def submit(self, job: Job, log: str) -> None:
        self._waiting.append(job)

    def wait(self) -> list[Record]:
        job = self._waiting.pop(0)
        self.done.append(job.id)
        failed = job.id in self._failing
        return [Record(job.id, "failed" if failed else "done", "it broke" if failed else "", call=job.digest)]

    def close(self) -> None:
        pass


def _job(id: str, *depends_on: str, size: int = 1) -> Job:
    return Job(
        id, "prepare", Call(run_prepare, PrepareConfig(manifest="m", size=size, out="o")), depends_on, "", "cache"
    )


_JOBS = [_job("a"), _job("b", "a"), _job("c"), _job("d", "b", "c"), _job("e", "c")]


def _run(engine: _Engine, out: Path, jobs: list[Job] = _JOBS) -> list[tuple[str, int, int]]:
    lines: list[tuple[str, int, int]] = []
    run_jobs(jobs, out, engine, report=lambda record, number, total: lines.append((record.status, number, total)))
    return lines


def test_jobs_wait_for_what_they_depend_on(tmp_path: Path) -> None:
    engine = _Engine()
    lines = _run(engine, tmp_path)
    assert sorted(engine.done) == ["a", "b", "c", "d", "e"]
    assert engine.done.index("a") < engine.done.index("b") < engine.done.index("d")
    assert [line[1] for line in lines] == [1, 2, 3, 4, 5]


def test_a_failure_stops_only_what_needs_it(tmp_path: Path) -> None:
    engine = _Engine("b")
    _run(engine, tmp_path)
    assert "d" not in engine.done
    assert "e" in engine.done
    waiting = read_record(tmp_path, "d")
    assert waiting is not None
    assert (waiting.status, waiting.reason) == ("waiting", "b failed: it broke")


def test_again_only_what_is_missing(tmp_path: Path) -> None:
    _run(_Engine("b"), tmp_path)
    again = _Engine()
    _run(again, tmp_path)
    assert again.done == ["b", "d"]
    assert _run(_Engine(), tmp_path) == []


def test_a_changed_job_is_done_again(tmp_path: Path) -> None:
    _run(_Engine(), tmp_path)
    changed = [_job("a", size=2), *_JOBS[1:]]
    assert not is_done(tmp_path, changed[0])
    engine = _Engine()
    _run(engine, tmp_path, changed)
    assert engine.done == ["a"]
