"""Who started how many processes, and what is refused."""

import pytest

from fundusfm.errors import ConfigError
from fundusfm.runs import first_process
from fundusfm.training.fitting.processes import started_processes


def _torchrun(monkeypatch: pytest.MonkeyPatch, *, rank: int, here: int, hosts: int, world: int) -> None:
    names = ("RANK", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE", "WORLD_SIZE")
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    for name, value in zip(names, (rank, here, hosts, world), strict=True):
        monkeypatch.setenv(name, str(value))


def test_options_count_where_nothing_was_started() -> None:
    assert started_processes(2, 3) == (2, 3)


def test_torchrun_counts_and_its_options_may_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    _torchrun(monkeypatch, rank=0, here=4, hosts=2, world=8)
    assert started_processes(1, 1) == (4, 2)
    assert started_processes(4, 2) == (4, 2)
    with pytest.raises(ConfigError, match="4 processes on each of 2 hosts"):
        started_processes(2, 2)


def test_hosts_with_different_numbers_of_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _torchrun(monkeypatch, rank=0, here=1, hosts=2, world=3)
    with pytest.raises(ConfigError, match="same --nproc-per-node"):
        started_processes(1, 1)


def test_a_slurm_task_of_a_run_for_one_process_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_NTASKS", "2")
    monkeypatch.setenv("SLURM_PROCID", "1")
    with pytest.raises(ConfigError, match="SLURM started 2 tasks"):
        started_processes(1, 1)
    assert started_processes(2, 1) == (2, 1)


def test_torchrun_names_the_first_process_whatever_slurm_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_PROCID", "1")
    assert not first_process()
    _torchrun(monkeypatch, rank=0, here=1, hosts=2, world=2)
    assert first_process()
    monkeypatch.setenv("RANK", "1")
    assert not first_process()
