"""One decoding process, seen from the server: asked with a deadline, and killed when it misses one."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from fundusfm.platforms import apart_from_terminal
from fundusfm.server.decoding.jobs import Answer, Job
from fundusfm.server.decoding.messages import HEAD, MessageError, check_head, read_answer, write_job
from fundusfm.server.decoding.process import READY

_LOG = logging.getLogger(__name__)
_START_SECONDS = 60
_READ_AHEAD = 1 << 20


class DecoderDiedError(Exception):
    """The process has ended: killed for its memory, or by a fault in a decoder's native code; or it wrote nonsense."""


class DecoderProcess:
    """A running decoding process.

    Use `DecoderProcess.start`; the process answers one job at a time.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._asked = False

    @classmethod
    async def start(cls, *, megabytes: int, niceness: int = 0) -> "DecoderProcess":
        """Starts a process and waits until it is ready.

        Args:
            megabytes: Memory that uploads may take in it.
            niceness: Niceness of the process; above 0 it gives way to others.

        Raises:
            DecoderDiedError: It cannot be started.
        """
        # The caller's path, because this package may have been found through it.
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "fundusfm.server.decoding.process", str(megabytes), str(niceness)),
                stdin=PIPE,
                stdout=PIPE,
                limit=_READ_AHEAD,
                env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
                **apart_from_terminal(),  # Ctrl-C is for the server, which ends its processes itself
            )
        except OSError as error:
            raise DecoderDiedError(str(error)) from error
        decoder = cls(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await decoder._read(len(READY))
        except BaseException:
            decoder.kill()
            await decoder.wait()
            raise
        return decoder

    @property
    def usable(self) -> bool:
        """Whether it runs and owes no answer."""
        return self._process.returncode is None and not self._asked

    async def ask(self, job: Job, *, seconds: float) -> Answer:
        """Returns the answer to a job; a process that was asked and has not answered is of no more use.

        Raises:
            TimeoutError: It took longer than `seconds`.
            DecoderDiedError: The process ended, or what it wrote is no answer to this job.
        """
        assert self._process.stdin is not None
        self._asked = True
        text, data = write_job(job)
        async with asyncio.timeout(seconds):
            try:
                self._process.stdin.write(HEAD.pack(len(text), len(data)) + text)
                self._process.stdin.write(data)
                await self._process.stdin.drain()
            except (BrokenPipeError, ConnectionResetError) as error:
                raise DecoderDiedError from error
            try:
                lengths = HEAD.unpack(await self._read(HEAD.size))
                check_head(job, *lengths)
                answer = read_answer(job, *[await self._read(length) for length in lengths])
            except MessageError as error:
                _LOG.error("a decoding process did not keep to the rules, and is ended: %s", error)
                raise DecoderDiedError from error
        self._asked = False
        return answer

    def kill(self) -> None:
        """Ends the process at once, whatever it does."""
        self._asked = True
        if self._process.returncode is None:
            self._process.kill()

    async def wait(self) -> None:
        """Waits until a killed process is gone."""
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await asyncio.sleep(0)  # lets the event loop close its ends of the pipes

    async def _read(self, length: int) -> bytes:
        assert self._process.stdout is not None
        try:
            return await self._process.stdout.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise DecoderDiedError from error
