"""Requests that cannot be served, each with its HTTP status and a sentence for the client."""

from fundusfm.errors import FundusFMError


class RequestError(FundusFMError):
    """A request that is refused.

    Attributes:
        status: HTTP status of the answer.
        headers: Headers that go with it.
    """

    status = 422
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed in place


class UnauthorizedError(RequestError):
    """The token is missing or wrong."""

    status = 401
    headers = {"WWW-Authenticate": "Bearer"}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__("The token is missing or wrong: send the header 'Authorization: Bearer TOKEN' with the token "
                         "that the server was started with.")  # fmt: skip


class NotFoundError(RequestError):
    """There is no such label or file."""

    status = 404


class NotAcceptableError(RequestError):
    """The client accepts no form that the answer has."""

    status = 406


class SlowUploadError(RequestError):
    """The body did not arrive in time."""

    status = 408


class TooLargeError(RequestError):
    """The body has too many bytes or too many files."""

    status = 413


class UnknownOptionError(RequestError):
    """The address has an option that the route does not know, which must not be ignored."""


class BadUploadError(RequestError):
    """The body holds no photographs in the form that is expected."""


class BusyError(RequestError):
    """The queue is full, or the server is about to stop."""

    status = 503

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.headers = {"Retry-After": str(retry_after)}


class NotLoggedError(RequestError):
    """The result could not be added to the audit log, so it is not given out."""

    status = 503
    headers = {"Retry-After": "60"}  # noqa: RUF012


class TooSlowError(RequestError):
    """The answer was not ready in time."""

    status = 504
