"""The status of an answer is that of its first message; without one the sender went away."""

import asyncio

from starlette.types import Message

from fundusfm.server.operation.answer import ABORTED, SentAnswer


def test_the_status_is_noted_and_every_message_passed_on() -> None:
    passed: list[Message] = []

    async def send(message: Message) -> None:
        passed.append(message)

    answer = SentAnswer(send)
    assert answer.status == ABORTED
    messages: list[Message] = [
        {"type": "http.response.start", "status": 404, "headers": []},
        {"type": "http.response.body", "body": b""},
    ]
    for message in messages:
        asyncio.run(answer.send(message))
    assert answer.status == 404 and passed == messages
