"""Records of jobs: done means done with these very options, and the output is still there."""

from dataclasses import replace
from pathlib import Path

from fundusfm.config.data import PrepareConfig
from fundusfm.data.store.prepare import run_prepare
from fundusfm.study.calls import Call
from fundusfm.study.jobs import Job
from fundusfm.study.record import Record, is_done, read_record, write_record


def test_a_job_is_done_while_its_call_and_its_output_stay(tmp_path: Path) -> None:
    output = tmp_path / "store" / "header.json"
    call = Call(run_prepare, PrepareConfig(manifest="m.csv", size=32, out=str(output.parent)))
    job = Job("prepare/a", "prepare", call, (), str(output), str(tmp_path / "cache"))
    assert not is_done(tmp_path, job)
    write_record(tmp_path, Record(job.id, "done", seconds=2.0, call=job.digest))
    assert not is_done(tmp_path, job), "its output is missing"
    output.parent.mkdir()
    output.touch()
    assert is_done(tmp_path, job)
    assert not is_done(tmp_path, replace(job, call=Call(run_prepare, replace(call.config, size=64))))
    write_record(tmp_path, Record(job.id, "failed", "it broke", call=job.digest))
    assert not is_done(tmp_path, job)


def test_records_are_read_as_written(tmp_path: Path) -> None:
    assert read_record(tmp_path, "LF/a/b") is None
    record = Record("LF/a/b", "waiting", "x failed", 0.0, "host", "call")
    write_record(tmp_path, record)
    assert read_record(tmp_path, "LF/a/b") == record
