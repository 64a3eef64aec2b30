"""Threads of the network follow what the pipeline waits for, and come back at the end."""

import time
from collections.abc import Iterator

import pytest
import torch

from fundusfm.screening.cores import SharedCores
from fundusfm.screening.prepare import Unreadable


@pytest.fixture
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def _photographs(count: int, seconds: float) -> Iterator[Unreadable]:
    for number in range(count):
        time.sleep(seconds)
        yield Unreadable(str(number), "")


@pytest.mark.usefixtures("four_threads")
def test_slow_decoding_takes_half_of_the_threads_and_a_slow_network_gets_them_back() -> None:
    with SharedCores(workers=2) as cores:
        assert [found.name for found in cores.waits_for(_photographs(3, 0.05))] == ["0", "1", "2"]
        cores.settle()
        assert torch.get_num_threads() == 2
        list(cores.waits_for(_photographs(1, 0.0)))
        time.sleep(0.2)  # the network computes
        cores.settle()
        assert torch.get_num_threads() == 4
        list(cores.waits_for(_photographs(3, 0.05)))
        cores.settle()
    assert torch.get_num_threads() == 4


@pytest.mark.usefixtures("four_threads")
def test_without_processes_all_threads_stay() -> None:
    with SharedCores(workers=0) as cores:
        list(cores.waits_for(_photographs(2, 0.05)))
        cores.settle()
        assert torch.get_num_threads() == 4
