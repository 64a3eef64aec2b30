"""The decoding process: reads jobs from its standard input and writes their answers to its standard output.

It is started by `fundusfm.server.decoding.decoder` as a program of its own, so it never runs the caller's script, and
it ends with the server: its input closes, or, should the server be killed while it decodes, its time runs out.
"""

import os
import sys
import traceback
import warnings
from typing import BinaryIO

from fundusfm.data.dicom.frames import warm_up
from fundusfm.data.dicom.person import patient_key, person_key
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.unfold import unfold
from fundusfm.data.parallel import settle
from fundusfm.errors import DecodeError
from fundusfm.platforms import end_after, end_not, give_way, leave_no_core_file, limit_memory
from fundusfm.screening.documents.views import view
from fundusfm.screening.prepare import Unreadable, prepare
from fundusfm.server.decoding.cost import cost_of, why_too_costly
from fundusfm.server.decoding.jobs import Answer, Bug, Job, LookAt, Open, Opened, Prepare, UploadFrame
from fundusfm.server.decoding.messages import HEAD, read_job, write_answer

READY = b"ready"

_MEGA = 1_000_000
# A deflated file stays unpacked in memory until its request is answered. Photographs deflate to a half or a third.
_UNPACKED_PER_BYTE, _HEADER_BYTES = 8, 1_000_000
# Behind the parent's own deadline: it matters only when there is no parent any more.
_ALARM_SECONDS = 300


def main() -> None:
    """Answers jobs until standard input closes; `sys.argv` holds the megabytes it may take and its niceness."""
    megabytes, niceness = int(sys.argv[1]), int(sys.argv[2])
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    settle()
    warnings.simplefilter("ignore")
    warm_up()  # on nobody's time, and before it gives way: a busy machine may take long to import a library
    give_way(niceness)
    leave_no_core_file()
    limit_memory(megabytes * _MEGA)  # beyond what the program itself has taken by now
    answers.write(READY)
    answers.flush()
    # From here on decoders see uploads, and what they print may quote a patient's header.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    desk = _Desk()
    while (job := _read(jobs)) is not None:
        end_after(_ALARM_SECONDS)
        text, data = write_answer(desk.answer(job))
        end_not()
        answers.write(HEAD.pack(len(text), len(data)) + text)
        answers.write(data)
        answers.flush()


def _read(jobs: BinaryIO) -> Job | None:
    head = jobs.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    text, data = HEAD.unpack(head)
    return read_job(jobs.read(text), jobs.read(data))


class _Desk:
    """The upload in hand."""

    def __init__(self) -> None:
        self._name = ""
        self._photographs: list[Photograph] = []

    def answer(self, job: Job) -> Answer:
        """Returns what a job asks for: `Opened`, or `Prepared`, `View` or `Unreadable`; `Bug` where the code fails."""
        if isinstance(job, Open):
            self._name, self._photographs = job.name, []
        try:
            match job:
                case Open():
                    return self._open(job)
                case Prepare():
                    return prepare(self._photographs[job.number], job.sizes, traced=job.traced)
                case LookAt():
                    return view(self._photographs[job.number])
        except DecodeError as error:
            return _unreadable(job, self._name, str(error))
        except MemoryError:
            return _unreadable(job, self._name, f"{self._name} takes too much memory to decode: export it smaller.")
        except Exception as error:  # noqa: BLE001 - a bug that one photograph meets must not end the process
            return Bug(type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))

    def _open(self, job: Open) -> Opened:
        upload, limits = Photograph(job.name, job.content), job.limits
        if reason := why_too_costly(job.name, cost_of(upload), limits):
            return Opened((UploadFrame(job.name, refused=reason),))
        photographs = unfold(upload, most_bytes=_UNPACKED_PER_BYTE * len(job.content) + _HEADER_BYTES)
        cost = cost_of(photographs[0])
        if reason := why_too_costly(job.name, cost, limits):
            return Opened((UploadFrame(job.name, refused=reason),))
        if len(photographs) > limits.files:
            reason = (
                f"{job.name} holds {len(photographs)} frames, more than the {limits.files} photographs that a request "
                "may hold: send fewer, or start the server with a larger --max-files."
            )
            return Opened((UploadFrame(job.name, refused=reason),))
        self._photographs = photographs
        first = photographs[0]
        person = patient_key(first.patient, job.salt) if first.dataset is None else person_key(first.dataset, job.salt)
        return Opened(
            tuple(
                UploadFrame(photograph.name, photograph.eye, person, eye_doubt=photograph.eye_doubt)
                for photograph in photographs
            ),
            cost.heavy,
        )


def _unreadable(job: Job, name: str, reason: str) -> Opened | Unreadable:
    return Opened((UploadFrame(name, refused=reason),)) if isinstance(job, Open) else Unreadable(name, reason)


if __name__ == "__main__":
    main()
