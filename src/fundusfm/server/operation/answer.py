"""The status of an answer, for the request log and the metrics."""

from starlette.types import Message, Send

ABORTED, BUG = 499, 500
"""Statuses of requests without an answer of their own: the sender went away; the application raised an exception."""


class SentAnswer:
    """Passes on the messages of an answer, and notes its status.

    Attributes:
        status: HTTP status; `ABORTED` as long as no answer has begun.

    Args:
        send: Takes the messages.
    """

    def __init__(self, send: Send) -> None:
        self.status = ABORTED
        self._send = send

    async def send(self, message: Message) -> None:
        """Passes a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
