"""Work in processes: order, bounds, death."""

import multiprocessing
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from fundusfm.data.parallel import ordered_map, worker_count
from fundusfm.errors import StoreError
from fundusfm.platforms import cores


def _late(number: int) -> int:
    time.sleep(0.05 if number % 5 == 0 else 0)
    return number * number


def _die(number: int) -> int:
    if number == 3:
        os._exit(9)
    return number


def test_order_and_bounded_draw() -> None:
    drawn: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(60):
            drawn.append(number)
            yield number

    ahead = []
    for position, result in enumerate(ordered_map(_late, numbers(), workers=2)):
        assert result == position**2
        ahead.append(len(drawn) - position)
    assert len(ahead) == 60 and max(ahead) <= 17


def test_without_workers_it_stays_in_this_process() -> None:
    assert set(ordered_map(lambda _: os.getpid(), range(3), workers=0)) == {os.getpid()}


def _where(number: int) -> int:
    if number == 5:
        os._exit(9)
    return os.getpid()


def test_heavy_items_get_a_process_of_their_own_and_light_ones_stay() -> None:
    found = list(
        ordered_map(
            _where, range(7), workers=0, lost=lambda item, reason: -item, light=lambda item: item not in (3, 5, 6)
        )
    )
    assert [place for place, result in enumerate(found) if result == os.getpid()] == [0, 1, 2, 4]
    assert found[5] == -5
    assert found[3] != found[6] and min(found[3], found[6]) > 0, "a new process after the one that died"


def _hang(number: int) -> int:
    while number == 3:
        pass
    return number


def _take_memory(number: int) -> int:
    return len(bytearray(1 << 36)) if number == 3 else number


def _lost(number: int, reason: str) -> str:
    return f"{number} {reason}"


@pytest.mark.parametrize("work", [_die, _hang])
def test_an_item_that_ends_or_blocks_its_process_costs_no_other_one(work: Callable[[int], int]) -> None:
    found: list[int | str] = list(ordered_map(work, range(12), workers=2, lost=_lost, deadline=1.5))  # type: ignore[type-var]
    assert [number for place, number in enumerate(found) if place != 3] == [0, 1, 2, *range(4, 12)]
    assert str(found[3]).startswith("3 ended the process that worked on it")


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux")
def test_memory_of_a_worker_is_limited() -> None:
    with pytest.raises(MemoryError):
        list(ordered_map(_take_memory, range(4), workers=1))


@pytest.mark.parametrize(("asked", "items", "count"), [(None, 63, 0), (1, 1000, 0), (4, 3, 3), (4, 1000, 4), (4, 0, 1)])
def test_how_many_processes(asked: int | None, items: int, count: int) -> None:
    assert worker_count(asked, items) == count
    assert worker_count(None, 1000) == cores()


_SCRIPT = """
import multiprocessing, os, sys
multiprocessing.set_start_method({method!r})
with open({log!r}, "a") as log:
    log.write("started\\n")
import fundusfm
fundusfm.prepare(manifest={manifest!r}, size=32, out={out!r}, workers=2)
fundusfm.check(manifest={manifest!r}, workers=2)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_a_plain_script_without_a_guard_works(method: str, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    rng = np.random.default_rng(0)
    for number in range(70):
        cv2.imwrite(str(tmp_path / f"{number}.png"), rng.integers(0, 256, (40, 40, 3), np.uint8))
    manifest, log, out = tmp_path / "m.csv", tmp_path / "log", tmp_path / "store"
    manifest.write_text("image\n" + "".join(f"{number}.png\n" for number in range(70)))
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT.format(method=method, log=str(log), manifest=str(manifest), out=str(out)))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert log.read_text() == "started\n"
    assert "70 photographs of 32 px, 0 rejected" in done.stdout
    assert "70 rows, 70 readable photographs" in done.stdout


def test_a_dead_worker_is_an_error_that_says_so() -> None:
    with pytest.raises(StoreError, match="worker process died"):
        list(ordered_map(_die, range(10), workers=2))


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="POSIX only")
def test_workers_leave_when_their_owner_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(
        "import itertools, os\n"
        "from fundusfm.data.parallel import ordered_map, worker_count\n"
        "def pid(_): return os.getpid()\n"
        "for worker in ordered_map(pid, itertools.count(), workers=2): print(worker, flush=True)\n"
    )
    owner = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    worker = int(owner.stdout.readline())
    owner.kill()
    owner.stdout.close()
    owner.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail(f"worker {worker} outlived its owner")


def _faults(number: int) -> int:
    """Counts the page faults of filling and freeing the arrays of a camera's photograph, twenty times."""
    import resource

    sizes = (700_000, 1_900_000, 1_700_000, 800_000)
    before = 0
    for turn in range(25):
        if turn == 5:  # the first turns get the memory
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for array in [np.ones(size, np.uint8) for size in sizes]:
            del array
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif("glibc" not in platform.libc_ver(), reason="glibc's memory")
def test_a_worker_keeps_the_memory_of_one_photograph_for_the_next() -> None:
    assert next(ordered_map(_faults, [0], workers=1)) < 1000  # 25,000 where it is given back every time
