"""Limits are set where the system has them, and nothing fails where it has none, as on Windows and macOS."""

import platform
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fundusfm import platforms
from fundusfm.doctor import check_file_handles, check_memory
from fundusfm.platforms import (
    allow_open_files,
    apart_from_terminal,
    cores,
    give_way,
    hang_up_signal,
    leave_no_core_file,
    limit_memory,
    main_memory,
    memory_bound,
    open_file_limit,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")


_AGAIN = """
import resource
import sys

import numpy as np

from fundusfm.platforms import keep_memory

if sys.argv[1] == "keep":
    keep_memory(free=1 << 30, largest=1 << 30)
for _ in range(3):  # the first is new to every process
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(1 << 24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.fixture
def resource() -> ModuleType:
    return pytest.importorskip("resource")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A system without POSIX's limits, priorities and counts, and without Linux's files."""
    monkeypatch.setitem(sys.modules, "resource", None)
    for name in ("sched_getaffinity", "sysconf", "nice"):
        monkeypatch.delattr(f"os.{name}", raising=False)
    monkeypatch.setattr(platforms, "_STATM", tmp_path / "none")
    monkeypatch.setattr(platforms, "_CONTAINER", tmp_path / "none")


@linux
def test_what_asks_for_more_fails_and_the_bound_goes(resource: ModuleType) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), memory_bound(1 << 28):
        np.ones(1 << 27)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_kept_memory_is_there_again_without_page_faults() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("only glibc has the setting")

    def faults(memory: str) -> int:
        return int(subprocess.run([sys.executable, "-c", _AGAIN, memory], check=True, capture_output=True).stdout)

    assert faults("keep") < faults("give back") / 10


def test_what_fits_is_let_through() -> None:
    with memory_bound(1 << 28):
        assert np.ones(1 << 20).sum() == 1 << 20


@linux
def test_a_process_can_be_bounded_for_good() -> None:
    code = (
        "from fundusfm.platforms import leave_no_core_file, limit_memory; import numpy as np\n"
        "leave_no_core_file(); limit_memory(1 << 27)\n"
        "try: np.ones(1 << 26)\n"
        "except MemoryError: print('bounded')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "bounded\n"


def test_a_process_ends_in_time_whatever_it_does() -> None:
    code = (
        "import sys, time; from fundusfm.platforms import end_after, end_not\n"
        "end_after(0.2); end_not(); time.sleep(0.4); print('here', flush=True)\n"
        "end_after(0.2); time.sleep(60)"
    )
    begin = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "here\n", "")
    assert time.monotonic() - begin < 30


def test_the_limit_of_open_files_is_never_lowered(resource: ModuleType) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        allow_open_files(128)
        assert open_file_limit() == 256
        allow_open_files(512)
        assert open_file_limit() == 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_container_has_no_more_than_its_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(platforms, "_CONTAINER", limit)
    limit.write_text("1073741824\n", encoding="ascii")
    assert main_memory() == 1 << 30
    limit.write_text("max\n", encoding="ascii")
    assert (main_memory() or 0) > 1 << 30


@pytest.mark.usefixtures("elsewhere")
def test_a_system_without_all_this_does_without() -> None:
    assert cores() >= 1
    assert main_memory() is None
    assert open_file_limit() is None
    allow_open_files(1 << 20)
    limit_memory(0)
    leave_no_core_file()
    give_way(5)
    with memory_bound(0):
        assert np.ones(1 << 20).sum() == 1 << 20


@pytest.mark.usefixtures("elsewhere")
def test_the_doctor_says_what_such_a_system_says() -> None:
    (memory, *_), (handles,) = list(check_memory()), list(check_file_handles())
    assert (memory.status, memory.detail) == ("PASS", "the system does not say how much")
    assert (handles.status, handles.detail) == ("PASS", "unlimited")


def test_ctrl_c_is_kept_away_by_what_the_system_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    assert apart_from_terminal() == {"creationflags": 0x200}
    monkeypatch.setattr(sys, "platform", "darwin")
    assert apart_from_terminal() == {"start_new_session": True}


def test_services_are_told_by_a_signal_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hang_up_signal() == 1
    monkeypatch.delattr("signal.SIGHUP")
    assert hang_up_signal() is None
