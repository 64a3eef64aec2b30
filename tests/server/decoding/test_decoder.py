"""One decoding process: it answers, keeps its deadline and its memory, and ends with the server."""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from tests.server.hostile import float_tiff, slow_png

from fundusfm.screening.documents.views import View
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.server.decoding.decoder import DecoderDiedError, DecoderProcess
from fundusfm.server.decoding.jobs import Bug, LookAt, Open, Opened, Prepare
from fundusfm.server.decoding.messages import HEAD
from fundusfm.server.protection.limits import Limits


def opening(content: bytes) -> Open:
    return Open("a.jpg", content, Limits(), b"salt" * 4)


def test_a_photograph_is_opened_prepared_and_looked_at(photographs: list[Path]) -> None:
    async def talk() -> None:
        decoder = await DecoderProcess.start(megabytes=300)
        opened = await decoder.ask(opening(photographs[0].read_bytes()), seconds=30)
        assert isinstance(opened, Opened)
        assert [(frame.name, frame.eye, frame.person) for frame in opened.frames] == [("a.jpg", "", "")]
        prepared = await decoder.ask(Prepare(0, (64, 96)), seconds=30)
        assert isinstance(prepared, Prepared)
        assert sorted(prepared.squares) == [64, 96]
        shown = await decoder.ask(LookAt(0), seconds=30)
        assert isinstance(shown, View) and shown.circle
        assert decoder.usable
        refused = await decoder.ask(opening(b"no picture"), seconds=30)
        assert isinstance(refused, Opened)
        assert refused.frames[0].refused == ""  # its pixels say what is wrong
        unreadable = await decoder.ask(Prepare(0, (64,)), seconds=30)
        assert isinstance(unreadable, Unreadable) and "not an image" in unreadable.reason
        bug = await decoder.ask(Prepare(7, (64,)), seconds=30)
        assert isinstance(bug, Bug) and bug.kind == "IndexError" and "process.py" in bug.where
        decoder.kill()
        await decoder.wait()

    asyncio.run(talk())


def test_a_missed_deadline_costs_the_process() -> None:
    async def talk() -> None:
        decoder = await DecoderProcess.start(megabytes=800)
        await decoder.ask(opening(slow_png(6000)), seconds=30)
        begin = time.monotonic()
        with pytest.raises(TimeoutError):
            await decoder.ask(Prepare(0, (64,)), seconds=0.3)
        assert time.monotonic() - begin < 20
        assert not decoder.usable
        decoder.kill()
        await decoder.wait()
        with pytest.raises(DecoderDiedError):
            await decoder.ask(LookAt(0), seconds=5)

    asyncio.run(talk())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is bounded on Linux only")
def test_memory_is_bounded() -> None:
    async def talk() -> None:
        decoder = await DecoderProcess.start(megabytes=100)
        await decoder.ask(opening(float_tiff(3000)), seconds=30)  # 9 megapixels, about 200 MB
        with contextlib.suppress(DecoderDiedError):  # a decoder's native code may end where it gets no memory
            assert isinstance(await decoder.ask(Prepare(0, (64,)), seconds=60), Unreadable)
        decoder.kill()
        await decoder.wait()

    asyncio.run(talk())


def test_the_process_ends_when_its_input_closes() -> None:
    async def talk() -> None:
        decoder = await DecoderProcess.start(megabytes=100)
        process = decoder._process
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)
        assert process.returncode == 0

    asyncio.run(talk())


def test_a_process_that_is_ended_from_outside() -> None:
    async def talk() -> None:
        decoder = await DecoderProcess.start(megabytes=100)
        os.kill(decoder._process.pid, signal.SIGKILL)
        with pytest.raises(DecoderDiedError):
            await decoder.ask(opening(b""), seconds=10)

    asyncio.run(talk())


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code of the decoder ran in the server')",)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD.pack(len(pickle.dumps(_Bomb())), 0) + pickle.dumps(_Bomb()),
        HEAD.pack(4, 0) + b"null",
        HEAD.pack(4_000_000_000, 0),
        HEAD.pack(10, 1 << 40),
        b"\xff" * 100,
    ],
    ids=["pickle", "null", "long text", "much data", "noise"],
)
def test_a_process_that_was_taken_over_is_ended(answer: bytes) -> None:
    code = f"import sys, time; sys.stdout.buffer.write({answer!r}); sys.stdout.buffer.flush(); time.sleep(60)"

    async def talk() -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE, stdout=PIPE)
        decoder = DecoderProcess(process)
        with pytest.raises(DecoderDiedError):
            await decoder.ask(opening(b"a photograph"), seconds=30)
        assert not decoder.usable
        decoder.kill()
        await decoder.wait()

    asyncio.run(talk())
