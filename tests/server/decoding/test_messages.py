"""What passes between the server and its decoding processes: whole, and nothing else than was asked for."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.documents.views import SIDE, View, view
from fundusfm.screening.prepare import Prepared, Unreadable, prepare
from fundusfm.server.decoding.jobs import Answer, Bug, Job, LookAt, Open, Opened, Prepare, UploadFrame
from fundusfm.server.decoding.messages import (
    MessageError,
    check_head,
    read_answer,
    read_job,
    write_answer,
    write_job,
)
from fundusfm.server.protection.limits import Limits

_OPEN = Open("ä.jpg", b"\0\xff" * 9, Limits(files=3), b"salt" * 4)


@pytest.mark.parametrize("job", [_OPEN, Prepare(3, (64, 96), traced=True), LookAt(2)])
def test_jobs_arrive_as_they_were(job: Job) -> None:
    assert read_job(*write_job(job)) == job


@pytest.mark.parametrize(
    ("job", "answer"),
    [
        (_OPEN, Opened((UploadFrame("a", "left", "1f"), UploadFrame("a#2", refused="no")), heavy=True)),
        (Prepare(0, (64,)), Unreadable("a", "a is damaged.")),
        (LookAt(0), Bug("KeyError", "process.py")),
        (LookAt(0), View(np.arange(SIDE * SIDE * 3, dtype=np.uint32).astype(np.uint8).reshape(SIDE, SIDE, 3), True)),
    ],
)
def test_answers_arrive_as_they_were(job: Job, answer: Answer) -> None:
    text, data = write_answer(answer)
    check_head(job, len(text), len(data))
    found = read_answer(job, text, data)
    if isinstance(answer, View):
        assert isinstance(found, View) and found.circle and np.array_equal(found.square, answer.square)
    else:
        assert found == answer


def test_a_prepared_photograph_keeps_its_pixels_and_every_digit(photographs: list[Path]) -> None:
    made = prepare(Photograph("a", photographs[0].read_bytes()), (96, 64), traced=True)
    assert isinstance(made, Prepared) and made.trace is not None
    found = read_answer(Prepare(0, (96, 64)), *write_answer(made))
    assert isinstance(found, Prepared)
    assert (found.name, found.crops, found.height, found.width) == ("a", made.crops, made.height, made.width)
    assert (found.evidence, found.trace) == (made.evidence, made.trace)
    assert all(np.array_equal(found.squares[size], made.squares[size]) for size in (64, 96))
    found.squares[64][:] = 0  # overlays are drawn into them


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code of the decoder ran in the server')",)


@pytest.mark.parametrize(
    "text",
    [
        pickle.dumps(_Bomb()),
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b'["Opened"]',
        b'["Prepared", {}]',
        b'["Opened", {"frames": []}]',
        b'["Opened", {"frames": [{"name": ["a"]}]}]',
        b'["__import__", {"name": "os"}]',
    ],
    ids=lambda text: text[:24],
)
def test_what_is_no_answer_is_refused(text: bytes) -> None:
    with pytest.raises(MessageError):
        read_answer(_OPEN, text, b"")


def test_pixels_are_as_many_as_were_asked_for(photographs: list[Path]) -> None:
    made = prepare(Photograph("a", photographs[0].read_bytes()), (64,))
    assert isinstance(made, Prepared)
    text, data = write_answer(made)
    with pytest.raises(MessageError):
        read_answer(Prepare(0, (64,)), text, data[:-1])
    with pytest.raises(MessageError):
        read_answer(Prepare(0, (64,)), text, b"")
    with pytest.raises(MessageError):
        check_head(Prepare(0, (96,)), len(text), len(data))
    with pytest.raises(MessageError):
        read_answer(Prepare(0, (64,)), *write_answer(view(Photograph("a", photographs[0].read_bytes()))))
    with pytest.raises(MessageError):
        read_answer(Prepare(0, (64,)), *write_answer(Unreadable("a", ""))[:1], data)
    huge = json.loads(text)
    huge[1]["height"] = 10**12
    with pytest.raises(MessageError):
        read_answer(Prepare(0, (64,)), json.dumps(huge).encode(), data)
    with pytest.raises(MessageError):
        check_head(_OPEN, 10**9, 0)
