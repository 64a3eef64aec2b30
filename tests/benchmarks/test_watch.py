"""Memory and processor time are those of all processes."""

import os
from pathlib import Path

import pytest

from benchmarks.watch import processor_seconds_of, watch


def test_a_command_is_watched_to_its_end() -> None:
    seconds, memory = watch(["--version"])
    assert seconds > 0
    assert memory < 1e9


def test_a_command_that_fails_is_said() -> None:
    with pytest.raises(RuntimeError, match="ended with 2"):
        watch(["predict", "no-such-file.jpg", "--out", "x.csv"])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux only")
def test_processor_time_grows_with_work() -> None:
    before = processor_seconds_of(os.getpid())
    sum(number * number for number in range(1_000_000))
    assert processor_seconds_of(os.getpid()) > before
