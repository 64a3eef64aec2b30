"""A lane of processes: lent one by one, replaced when they end, with a bounded queue."""

import asyncio

import pytest

from fundusfm.server.decoding import lane as lane_module
from fundusfm.server.decoding.decoder import DecoderDiedError
from fundusfm.server.decoding.lane import Lane
from fundusfm.server.problems import BusyError


class Fake:
    """A process that is only counted."""

    started, failures = 0, 0

    def __init__(self) -> None:
        self.usable = True

    @classmethod
    async def start(cls, **options: object) -> "Fake":
        if cls.failures:
            cls.failures -= 1
            raise DecoderDiedError
        cls.started += 1
        return cls()

    def kill(self) -> None:
        self.usable = False

    async def wait(self) -> None:
        pass


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts instead of starting processes."""
    Fake.started, Fake.failures = 0, 0
    monkeypatch.setattr(lane_module, "DecoderProcess", Fake)
    monkeypatch.setattr(lane_module, "_FIRST_PAUSE", 0.01)


def test_a_process_is_lent_again_unless_it_was_killed() -> None:
    async def talk() -> None:
        lane = Lane(size=1, megabytes=1, seconds=1)
        async with lane.lend() as first:
            assert lane.alive == 1
        async with lane.lend() as second:
            assert second is first
            second.kill()
        async with lane.lend() as third:
            assert third is not first
        assert Fake.started == 2
        await lane.stop()
        assert lane.alive == 0

    asyncio.run(talk())


def test_a_process_that_died_while_idle_is_not_lent() -> None:
    async def talk() -> None:
        lane = Lane(size=1, megabytes=1, seconds=1)
        async with lane.lend() as first:
            pass
        first.kill()
        async with lane.lend() as second:
            assert second is not first

    asyncio.run(talk())


def test_those_who_wait_are_bounded_and_timed() -> None:
    async def talk() -> None:
        lane = Lane(size=1, megabytes=1, seconds=1, most_waiting=1)

        async def hold(gate: asyncio.Event) -> None:
            async with lane.lend():
                await gate.wait()

        gate = asyncio.Event()
        tasks = []
        for _ in range(2):  # one that has the process, and one that waits for it
            tasks.append(asyncio.create_task(hold(gate)))
            await asyncio.sleep(0.05)
        assert lane.longest_wait > 0
        with pytest.raises(BusyError, match="Too many large or slow photographs"):
            async with lane.lend():
                pass
        gate.set()
        await asyncio.gather(*tasks)
        assert lane.longest_wait == 0

    asyncio.run(talk())


def test_starting_is_tried_again() -> None:
    async def talk() -> None:
        Fake.failures = 2
        lane = Lane(size=1, megabytes=1, seconds=1)
        async with lane.lend() as process:
            assert process.usable

    asyncio.run(talk())
