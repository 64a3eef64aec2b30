"""The inference thread: batches form by themselves, nothing is lost, one fault stays with its own photograph."""

import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from fundusfm.server.problems import BusyError
from fundusfm.server.worker import Screen, Worker


def photograph(name: str) -> Any:
    return SimpleNamespace(name=name)


def rows_of(photographs: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"image": item.name, "status": "ok"} for item in photographs]


def test_requests_that_wait_become_one_batch() -> None:
    gate, sizes = threading.Event(), list[int]()

    def screen(photographs: Sequence[Any]) -> list[dict[str, Any]]:
        assert gate.wait(60)
        return rows_of(photographs)

    worker = Worker(batch=4, on_batch=sizes.append)
    futures = [worker.screen(photograph("first"), screen)]
    while not sizes:
        pass
    futures += [worker.screen(photograph(str(number)), screen) for number in range(6)]
    gate.set()
    assert [future.result(60)["image"] for future in futures] == ["first", *map(str, range(6))]
    assert sizes == [1, 4, 2]
    worker.stop()


def test_a_fault_takes_no_neighbour_with_it() -> None:
    gate = threading.Event()

    def screen(photographs: Sequence[Any]) -> list[dict[str, Any]]:
        assert gate.wait(60)
        if any(item.name == "bad" for item in photographs):
            raise ZeroDivisionError
        return rows_of(photographs)

    worker = Worker(batch=8)
    futures = [worker.screen(photograph(name), screen) for name in ("a", "b", "bad", "c")]
    gate.set()
    rows = [future.result(60) for future in futures]
    assert [row["status"] for row in rows] == ["ok", "ok", "failed", "ok"]
    assert "ZeroDivisionError" in rows[2]["reason"]
    worker.stop()


def test_a_lost_row_is_a_fault() -> None:
    worker = Worker(batch=8)
    assert worker.screen(photograph("a"), lambda photographs: []).result(60)["status"] == "failed"
    worker.stop()


def test_calls_run_in_the_same_thread_and_keep_their_error() -> None:
    worker = Worker(batch=8)
    assert worker.call(lambda: threading.current_thread().name).result(60) == "inference"
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 / 0).result(60)
    assert worker.alive
    worker.stop()


def test_cancelled_work_is_not_done() -> None:
    gate, seen = threading.Event(), list[str]()

    def screen(photographs: Sequence[Any]) -> list[dict[str, Any]]:
        seen.extend(item.name for item in photographs)
        return rows_of(photographs)

    worker = Worker(batch=8)
    worker.call(lambda: gate.wait(60))
    given_up, wanted = worker.screen(photograph("given up"), screen), worker.screen(photograph("wanted"), screen)
    assert given_up.cancel()
    gate.set()
    assert wanted.result(60)["status"] == "ok"
    assert seen == ["wanted"]
    worker.stop()


def test_stopping_finishes_what_waits() -> None:
    worker = Worker(batch=1)
    futures = [worker.screen(photograph(str(number)), rows_of) for number in range(20)]
    worker.stop()
    assert all(future.done() for future in futures)
    assert not worker.alive
    with pytest.raises(BusyError, match="stopping"):
        worker.screen(photograph("late"), rows_of)


def test_a_batch_is_of_one_network() -> None:
    gate, batches = threading.Event(), list[tuple[str, int]]()

    def network(name: str) -> Screen:
        def screen(photographs: Sequence[Any]) -> list[dict[str, Any]]:
            assert gate.wait(60)
            batches.append((name, len(photographs)))
            return rows_of(photographs)

        return screen

    worker, before, after = Worker(batch=8), network("before"), network("after")
    futures = [worker.screen(photograph(str(number)), before if number < 4 else after) for number in range(7)]
    gate.set()
    assert [future.result(60)["image"] for future in futures] == [str(number) for number in range(7)]
    assert batches[-1] == ("after", 3)
    assert sum(size for name, size in batches if name == "before") == 4
    worker.stop()
