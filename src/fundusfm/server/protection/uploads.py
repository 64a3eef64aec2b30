"""The photographs of a multipart request, read into memory within the limits and never onto a disk."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.server.problems import BadUploadError, SlowUploadError, TooLargeError
from fundusfm.server.protection.admission import Admission
from fundusfm.server.protection.limits import Limits

FIELD = "files"
_LONGEST_NAME = 200
_MOST_FIELDS = 8
_FORM = "send multipart/form-data with one part named 'files' per photograph"


@dataclass(frozen=True)
class Upload:
    """The form of a request.

    Attributes:
        photographs: Names and contents of its files.
        fields: Its other fields.
    """

    photographs: list[Photograph]
    fields: dict[str, str]


@asynccontextmanager
async def received(request: Request, limits: Limits, admission: Admission) -> AsyncIterator[Upload]:
    """Reads the form of a request and keeps places for its photographs until the request is answered.

    Raises:
        BadUploadError: The body is no multipart form, or holds no file.
        TooLargeError: It has too many bytes or files.
        SlowUploadError: It did not arrive in time.
        BusyError: There is no place.
    """
    body = _Body(request, limits, admission)
    try:
        upload = await _read(request, body, limits)
        with admission.hold(len(upload.photographs)):
            yield upload
    finally:
        admission.release(body.length)


def clean_name(name: str | None, number: int) -> str:
    """Returns a file name to show: no folders, no control characters, not too long."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return "".join(sign for sign in last if sign.isprintable())[:_LONGEST_NAME] or f"photograph {number}"


class _Body:
    """A request's body as it comes in, counted."""

    def __init__(self, request: Request, limits: Limits, admission: Admission) -> None:
        self._request = request
        self._limits = limits
        self._admission = admission
        self.length = 0

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yields the body's parts as long as they are within the limits."""
        async for chunk in self._request.stream():
            _refuse_length(self.length + len(chunk), self._limits)
            self._admission.receive(len(chunk))
            self.length += len(chunk)
            yield chunk


async def _read(request: Request, body: _Body, limits: Limits) -> Upload:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise BadUploadError(f"The body is not a form with files: {_FORM}.")
    _refuse_length(int(length) if (length := request.headers.get("content-length", "")).isdigit() else 0, limits)
    parser = MultiPartParser(request.headers, body.chunks(), max_files=limits.files, max_fields=_MOST_FIELDS)
    parser.spool_max_size = limits.bytes + 1  # starlette would otherwise write files above 1 MB to a disk
    try:
        async with asyncio.timeout(limits.seconds):
            form = await parser.parse()
    except TimeoutError:
        raise SlowUploadError(f"The upload took longer than {limits.seconds:g} seconds: send fewer or smaller files, "
                              "or start the server with a larger --timeout.") from None  # fmt: skip
    except ClientDisconnect:
        raise BadUploadError("The sender went away before the upload was complete.") from None
    except MultiPartException as error:
        if "Too many files" in error.message:
            raise TooLargeError(f"The request holds more than {limits.files} photographs: send fewer at once, or start "
                                "the server with a larger --max-files.") from None  # fmt: skip
        raise BadUploadError(f"The form cannot be read ({error.message.rstrip('.')}): {_FORM}.") from None
    try:
        files = [value for key, value in form.multi_items() if key == FIELD and isinstance(value, UploadFile)]
        if not files:
            raise BadUploadError(f"The form holds no photograph: {_FORM}.")
        photographs = [Photograph(clean_name(file.filename, number), await file.read())
                       for number, file in enumerate(files, 1)]  # fmt: skip
        return Upload(photographs, {key: value for key, value in form.multi_items() if isinstance(value, str)})
    finally:
        await form.close()


def _refuse_length(length: int, limits: Limits) -> None:
    if length > limits.bytes:
        raise TooLargeError(f"The request is larger than {limits.megabytes:g} MB: send fewer photographs at once, or "
                            "start the server with a larger --max-megabytes.")  # fmt: skip
