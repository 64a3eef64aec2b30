"""Each refusal has its status, its headers and a code."""

import pytest

from fundusfm.server import problems
from fundusfm.server.problems import BusyError, RequestError, UnauthorizedError


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("NotFoundError", 404),
        ("SlowUploadError", 408),
        ("TooLargeError", 413),
        ("BadUploadError", 422),
        ("TooSlowError", 504),
    ],
)
def test_statuses(name: str, status: int) -> None:
    error = getattr(problems, name)("a sentence.")
    assert isinstance(error, RequestError)
    assert (error.status, str(error), error.headers) == (status, "a sentence.", {})
    assert error.code.startswith("E")


def test_headers_say_what_to_do() -> None:
    assert UnauthorizedError().headers == {"WWW-Authenticate": "Bearer"}
    assert BusyError("later.", retry_after=3).headers == {"Retry-After": "3"}
