"""What the routes of one server share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from fundusfm.server.frames import Item, frames_of
from fundusfm.server.problems import BusyError
from fundusfm.server.protection.admission import Admission
from fundusfm.server.protection.limits import Limits
from fundusfm.server.protection.uploads import received
from fundusfm.server.service import Service
from fundusfm.server.telemetry import Telemetry
from fundusfm.server.worker import Worker

_RETRY_AFTER = 5


@dataclass
class State:
    """One server.

    Attributes:
        service: The loaded models.
        worker: The thread that uses them.
        limits: Bounds of requests.
        admission: What is in hand.
        telemetry: Its metrics.
        token: What requests must carry; None for nothing.
        draining: Whether it is about to stop: running requests finish, new ones are refused.
    """

    service: Service
    worker: Worker
    limits: Limits
    admission: Admission
    telemetry: Telemetry
    token: str | None
    draining: bool = False

    def refuse_when_draining(self) -> None:
        """Lets work in only while the server stays.

        Raises:
            BusyError: The server is about to stop.
        """
        if self.draining:
            raise BusyError("The server is stopping: send the request again in a moment.", retry_after=_RETRY_AFTER)

    @asynccontextmanager
    async def photographs(self, request: Request) -> AsyncIterator[list[list[Item]]]:
        """Reads a request's uploads, each as the photographs in it; errors as for `received` and `frames_of`."""
        self.refuse_when_draining()
        async with received(request, self.limits, self.admission) as uploads:
            items = await frames_of(uploads, self.limits)
            with self.admission.hold(sum(map(len, items)) - len(uploads)):
                yield items


def state_of(request: Request) -> State:
    """Returns the state of the server that a request reached."""
    state: State = request.app.state.fundusfm
    return state
