"""Times of finished jobs, and what is left if the others are like them."""

import math
from pathlib import Path

from fundusfm.config.data import PrepareConfig
from fundusfm.data.store.prepare import run_prepare
from fundusfm.study.calls import Call
from fundusfm.study.jobs import Job, Kind
from fundusfm.study.record import Record, write_record
from fundusfm.study.timing import job_times, time_left


def _jobs(out: Path, **seconds: list[float | None]) -> list[Job]:
    jobs = []
    for kind, found in seconds.items():
        for number, taken in enumerate(found):
            name: Kind = "FF" if kind == "FF" else "prepare"
            call = Call(run_prepare, PrepareConfig(manifest="m", size=number + 16, out="o"))
            jobs.append(Job(f"{kind}/{number}", name, call, (), "", str(out / "cache")))
            if taken is not None:
                write_record(out, Record(jobs[-1].id, "done", seconds=taken, call=jobs[-1].digest))
    return jobs


def test_what_is_left_is_told_from_the_finished_jobs(tmp_path: Path) -> None:
    times = job_times(_jobs(tmp_path, FF=[None, None], prepare=[10.0, 30.0, 20.0, None, None]), tmp_path)
    assert list(times.index) == ["prepare", "FF"]
    assert times.loc["prepare"].to_dict() == {"jobs": 5, "done": 3, "seconds": 60, "median": 20}
    assert math.isnan(times.loc["FF", "median"])
    other = job_times(_jobs(tmp_path / "other", FF=[None], prepare=[10.0]), tmp_path / "other")
    assert time_left(other, at_once=2) == ""
    assert time_left(times, at_once=2) == "about 20 s left, and the time of FF, of which none is finished yet"


def test_nothing_is_said_before_the_first_and_after_the_last(tmp_path: Path) -> None:
    assert time_left(job_times(_jobs(tmp_path / "a", prepare=[None]), tmp_path / "a"), at_once=1) == ""
    assert time_left(job_times(_jobs(tmp_path / "b", prepare=[3.0]), tmp_path / "b"), at_once=1) == ""
    assert time_left(job_times(_jobs(tmp_path / "c", prepare=[3.0, None]), tmp_path / "c"), at_once=1) == (
        "about 3.0 s left"
    )
