"""Uploads through two lanes of decoding processes, so that slow photographs delay only each other.

The quick lane has a process per core and a short deadline. Photographs that are large, or that miss the deadline, go
on in the patient lane: one process with more memory and time, which gives way to all others.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.advice import TOO_SLOW
from fundusfm.screening.documents.views import View
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.server.decoding.decoder import DecoderDiedError, DecoderProcess
from fundusfm.server.decoding.jobs import Bug, LookAt, Open, Opened, Prepare, UploadFrame
from fundusfm.server.decoding.lane import Lane
from fundusfm.server.protection.limits import Limits

_LOG = logging.getLogger(__name__)
_QUICK_SECONDS, _QUICK_MEGABYTES = 2.0, 600
_HEAVY_BYTES = 30_000_000
_PATIENT_NICENESS, _MOST_WAITING = 10, 8

Jobs = Callable[[Sequence[UploadFrame]], Sequence[Prepare | LookAt]]
Admit = Callable[[int], None]
"""Is told how many photographs an upload holds, and raises where these are too many."""


@dataclass
class _Progress:
    """One upload's photographs, and the answers that are there."""

    frames: tuple[UploadFrame, ...] = ()
    answers: list[Any] = field(default_factory=list)


class _HeavyError(Exception):
    """An upload is not for the quick lane."""


class DecoderPool:
    """The decoding processes of one server.

    Args:
        limits: Bounds of the server.
        salt: Secret of this server's process that keys of patients are made with.
    """

    def __init__(self, limits: Limits, *, salt: bytes) -> None:
        self._limits, self._salt = limits, salt
        self._quick = Lane(
            size=limits.decoders,
            megabytes=min(_QUICK_MEGABYTES, limits.decode_megabytes),
            seconds=min(_QUICK_SECONDS, limits.decode_seconds),
        )
        self._patient = Lane(
            size=1,
            megabytes=limits.decode_megabytes,
            seconds=limits.decode_seconds,
            niceness=_PATIENT_NICENESS,
            most_waiting=_MOST_WAITING,
        )

    @property
    def alive(self) -> int:
        """Number of processes of the quick lane that run."""
        return self._quick.alive

    @property
    def longest_wait(self) -> float:
        """Seconds that the upload that has waited longest for the quick lane has waited so far."""
        return self._quick.longest_wait

    def start(self) -> None:
        """Starts the quick lane in the background; the patient one starts with the first upload that needs it."""
        self._quick.start()

    async def stop(self) -> None:
        """Kills all processes and waits until they are gone."""
        await self._quick.stop()
        await self._patient.stop()

    async def prepare(
        self, upload: Photograph, sizes: Sequence[int], *, admit: Admit, traced: bool = False
    ) -> list[tuple[UploadFrame, Prepared | Unreadable]]:
        """Decodes and crops every photograph of an upload for the networks.

        Args:
            upload: Name and content of a file.
            sizes: Sides of the crops in pixels.
            admit: Decides about the number of photographs before any of them is decoded.
            traced: Identify them for the audit log.

        Returns:
            In order, at least one; what cannot be decoded is `Unreadable` with the reason.

        Raises:
            BusyError: Too many slow uploads wait.
            RequestError: As `admit` raises it.
        """
        progress = await self._converse(
            upload, lambda frames: [Prepare(number, tuple(sizes), traced) for number in range(len(frames))], admit
        )
        return list(zip(progress.frames, progress.answers, strict=True))

    async def look(self, upload: Photograph, numbers: Sequence[int]) -> tuple[int, dict[int, View | Unreadable]]:
        """Decodes and crops photographs of an upload for people.

        Args:
            upload: Name and content of a file.
            numbers: Positions among the upload's photographs, from 0; those that it does not have are left out.

        Returns:
            The number of photographs in the upload, and the pictures by position; where the upload as a whole cannot
            be read, its position 0 says why.

        Raises:
            BusyError: Too many slow uploads wait.
        """

        def jobs(frames: Sequence[UploadFrame]) -> list[LookAt]:
            return [LookAt(number) for number in numbers if number < len(frames)]

        progress = await self._converse(upload, jobs, lambda count: None)
        if progress.frames[0].refused:
            return 1, {0: progress.answers[0]}
        places = [job.number for job in jobs(progress.frames)]
        return len(progress.frames), dict(zip(places, progress.answers, strict=True))

    async def _converse(self, upload: Photograph, jobs: Jobs, admit: Admit) -> _Progress:
        progress = _Progress()
        try:
            async with self._quick.lend() as decoder:
                if len(upload.content) > _HEAVY_BYTES:
                    raise _HeavyError
                await self._go_on(decoder, self._quick, upload, jobs, admit, progress)
                return progress
        except (_HeavyError, TimeoutError, DecoderDiedError):
            pass
        try:
            async with self._patient.lend() as decoder:
                await self._go_on(decoder, self._patient, upload, jobs, admit, progress)
                return progress
        except TimeoutError:
            reason = (
                f"{upload.name} {TOO_SLOW} ({self._patient.seconds:g} seconds): send it again, or start the server "
                "with a larger --decode-timeout."
            )
        except DecoderDiedError:
            reason = (
                f"{upload.name} ended the process that decoded it, perhaps for want of memory: export it again, "
                "smaller."
            )
        if not progress.frames:
            return _Progress((UploadFrame(upload.name, refused=reason),), [Unreadable(upload.name, reason)])
        missing = jobs(progress.frames)[len(progress.answers) :]
        progress.answers += [Unreadable(progress.frames[job.number].name, reason) for job in missing]
        return progress

    async def _go_on(
        self,
        decoder: DecoderProcess,
        lane: Lane,
        upload: Photograph,
        jobs: Jobs,
        admit: Admit,
        progress: _Progress,
    ) -> None:
        """Opens the upload in a process and gets the answers that are missing."""
        begin = time.monotonic()
        opened = await decoder.ask(Open(upload.name, upload.content, self._limits, self._salt), seconds=lane.seconds)
        if isinstance(opened, Bug):
            opened = Opened((UploadFrame(upload.name, refused=_bug(upload.name, opened)),))
        assert isinstance(opened, Opened)
        if not progress.frames:
            admit(len(opened.frames))
            progress.frames = opened.frames
        if opened.frames[0].refused:
            progress.answers = [Unreadable(frame.name, frame.refused) for frame in opened.frames]
            return
        for job in jobs(progress.frames)[len(progress.answers) :]:
            late = time.monotonic() - begin > lane.seconds
            if lane is self._quick and (opened.heavy or late):
                raise _HeavyError
            answer = await decoder.ask(job, seconds=lane.seconds)
            name = progress.frames[job.number].name
            progress.answers.append(Unreadable(name, _bug(name, answer)) if isinstance(answer, Bug) else answer)


def _bug(name: str, bug: Bug) -> str:
    _LOG.error("an upload met an error in the program: %s\n%s", bug.kind, bug.where)
    return f"{name} met an error in the program ({bug.kind}); its log says more."
