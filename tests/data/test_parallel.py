"""Work in processes: order, bounds, death."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fundusfm.data.parallel import ordered_map
from fundusfm.errors import StoreError


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


def test_one_worker_stays_in_this_process() -> None:
    assert set(ordered_map(lambda _: os.getpid(), range(3), workers=1)) == {os.getpid()}


def test_a_dead_worker_is_an_error_that_says_so() -> None:
    with pytest.raises(StoreError, match="worker process died"):
        list(ordered_map(_die, range(10), workers=2))


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="POSIX only")
def test_workers_leave_when_their_owner_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(
        "import itertools, os\n"
        "from fundusfm.data.parallel import ordered_map\n"
        "def pid(_): return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    for worker in ordered_map(pid, itertools.count(), workers=2): print(worker, flush=True)\n"
    )
    owner = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    worker = int(owner.stdout.readline())
    owner.kill()
    owner.stdout.close()
    owner.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail(f"worker {worker} outlived its owner")
