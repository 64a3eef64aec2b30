"""The state of one server, which its routes share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from fastapi import Request

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.audit.log import AuditLog
from fundusfm.server.decoding.pool import DecoderPool
from fundusfm.server.problems import BusyError
from fundusfm.server.protection.admission import Admission
from fundusfm.server.protection.limits import Limits
from fundusfm.server.protection.tokens import Tokens
from fundusfm.server.protection.uploads import Upload, received
from fundusfm.server.service import Service
from fundusfm.server.telemetry import Telemetry
from fundusfm.server.worker import Worker

_RETRY_AFTER = 5
_LONG_WAIT = 10.0
"""Seconds of waiting after which the server reports that it does not keep up."""
_MUCH_LONGER = 2


@dataclass
class State:
    """The state of a server, as one request sees it: new weights only affect later requests.

    Attributes:
        service: The loaded models.
        worker: The thread that uses them.
        decoders: The processes that decode uploads.
        limits: Limits of requests.
        admission: Counts the bytes and photographs that are being worked on.
        telemetry: The metrics.
        tokens: Access tokens, one of which a request must carry; None if it needs none.
        audit_log: Log of results, written before they are answered; None if there is none.
        draining: Whether the server is about to stop: running requests finish, new ones are refused.
        caller: Name of the token that the request carries; empty without one.
    """

    service: Service
    worker: Worker
    decoders: DecoderPool
    limits: Limits
    admission: Admission
    telemetry: Telemetry
    tokens: Tokens | None
    audit_log: AuditLog | None = None
    draining: bool = False
    caller: str = ""

    def refuse_when_draining(self) -> None:
        """Refuses work if the server is about to stop.

        Raises:
            BusyError: The server is about to stop.
        """
        if self.draining:
            raise BusyError("The server is stopping: send the request again in a moment.", retry_after=_RETRY_AFTER)

    @asynccontextmanager
    async def photographs(self, request: Request) -> AsyncIterator[list[Photograph]]:
        """Reads the uploads of a request; errors as for `received`."""
        async with self.form(request) as upload:
            yield upload.photographs

    @asynccontextmanager
    async def form(self, request: Request) -> AsyncIterator[Upload]:
        """Reads the form of a request, photographs and fields; errors as for `received`."""
        self.refuse_when_draining()
        async with received(request, self.limits, self.admission) as upload:
            yield upload

    def why_broken(self) -> str:
        """Returns why the server cannot answer any more; empty while it works."""
        if not self.worker.alive:
            return "The inference thread has ended"
        if self.worker.busy_seconds > _MUCH_LONGER * self.limits.seconds:
            return f"The inference thread has been at one batch for {self.worker.busy_seconds:.0f} seconds"
        return ""

    def why_not_ready(self) -> str:
        """Returns why a new request would not be answered soon; empty while the server keeps up."""
        if fault := self.why_broken():
            return fault
        if not self.decoders.alive:
            return "No decoding process runs"
        if self.decoders.longest_wait > _LONG_WAIT:
            return f"Photographs wait {self.decoders.longest_wait:.0f} seconds to be decoded"
        if self.worker.busy_seconds > _LONG_WAIT:
            return f"The inference thread has been at one batch for {self.worker.busy_seconds:.0f} seconds"
        if self.admission.full:
            return f"{self.admission.photographs} photographs are waiting, as many as may"
        return ""


def state_of(request: Request) -> State:
    """Returns the state of the server for one request, with the present models."""
    state: State = request.app.state.fundusfm
    return replace(state)
