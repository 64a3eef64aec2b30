"""Doing one job: its log, its threads, and what becomes of a fault."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from fundusfm.errors import ConfigError
from fundusfm.study.calls import Call
from fundusfm.study.jobs import Job
from fundusfm.study.work import feature_cache, perform


@dataclass(frozen=True)
class WorkConfig:
    """What the job is to do."""

    do: str


def work(config: WorkConfig) -> None:
    """Prints, or fails as it is told to."""
    print(f"cache {os.environ['FUNDUSFM_CACHE']}")
    if config.do == "refuse":
        raise ConfigError("that will not do")
    if config.do == "break":
        raise ZeroDivisionError("a bug")


@pytest.mark.parametrize(
    ("do", "status", "reason"),
    [("print", "done", ""), ("refuse", "failed", "that will not do"), ("break", "failed", "ZeroDivisionError: a bug")],
)
def test_a_fault_of_a_job_is_its_result(tmp_path: Path, do: str, status: str, reason: str) -> None:
    job = Job("features/x", "features", Call(work, WorkConfig(do)), (), "", str(tmp_path / "cache"))
    log = tmp_path / "logs" / "x.log"
    record = perform(job, str(log))
    assert record.status == status
    assert reason in record.reason
    assert record.call == job.digest
    assert f"cache {tmp_path / 'cache'}" in log.read_text()
    assert ("Traceback" in log.read_text()) == (do == "break")


def test_the_cache_folder_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDUSFM_CACHE", "before")
    with feature_cache("study"):
        assert os.environ["FUNDUSFM_CACHE"] == "study"
    assert os.environ["FUNDUSFM_CACHE"] == "before"
    monkeypatch.delenv("FUNDUSFM_CACHE")
    with feature_cache("study"):
        pass
    assert "FUNDUSFM_CACHE" not in os.environ
