"""Parts that the routes share: authorisation, documented errors, and the deadline of an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fundusfm.server.operation.request_log import CALLER
from fundusfm.server.problems import TooSlowError, UnauthorizedError, UnknownOptionError
from fundusfm.server.protection.uploads import FIELD
from fundusfm.server.schemas import Problem
from fundusfm.server.state import State, state_of

_BEARER = HTTPBearer(auto_error=False, description="The token that the server was started with, if any")


async def authorized(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> State:
    """Returns the server's state to those who may use it.

    Raises:
        UnauthorizedError: The token is missing or wrong.
        UnknownOptionError: The address has an option that the route does not know.
    """
    state = state_of(request)
    if state.tokens is not None:
        state.caller = state.tokens.name_of(credentials.credentials if credentials else "") or ""
        if not state.caller:
            raise UnauthorizedError
        request.scope[CALLER] = state.caller
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    for name in request.query_params:
        if name not in known:
            raise UnknownOptionError(f"There is no option {name!r} here; known: {', '.join(known) or 'none'}.")
    return state


Authorized = Annotated[State, Depends(authorized)]
Label = Annotated[str | None, Query(description="whose evidence to show; the main label by default")]
PointName = Annotated[
    str | None, Query(alias="operating_point", description="which decides; that of the server by default")
]
FrameNumber = Annotated[int, Query(ge=1, description="of a file that holds several photographs")]

Layers = Annotated[bool, Query(description="whether rows hold pictures of the structures that were found")]

Responses = dict[int | str, dict[str, Any]]
_MEANINGS = {
    401: "the token is missing or wrong",
    404: "the model has no such label or operating point, or the file no such frame",
    406: "the header Accept allows no form that the answer has",
    408: "the upload did not arrive in time",
    413: "too many bytes or files",
    422: "not the form, label or file that is expected",
    500: "an error in the program",
    503: "the queue is full, the server is stopping, or the audit log fails; Retry-After says when to try again",
    504: "the answer was not ready in time",
}


def problems(*statuses: int) -> Responses:
    """Returns the error answers of a route, for the OpenAPI document."""
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in statuses}


WORK = problems(401, 408, 413, 422, 500, 503, 504)
"""Error answers of the routes that take photographs."""


def _form(files: dict[str, Any], **fields: str) -> dict[str, Any]:
    texts = {name: {"type": "string", "description": said} for name, said in fields.items()}
    schema = {"type": "object", "required": [FIELD], "properties": {FIELD: files, **texts}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_FILE = {"type": "string", "format": "binary"}
_FILES = {"type": "array", "minItems": 1, "items": _FILE}
SEVERAL_FILES = _form(_FILES)
"""The request body of routes that take photographs, for the OpenAPI document."""
REPORT_FORM = _form(
    _FILES,
    person="what to call the person that all photographs are of",
    patient="the person's identifier; likewise",
    name="the person's name; likewise",
    eyes='which eye photographs show, as JSON, such as {"a.jpg": "left"}; where it is not given, file or header say it',
)
"""Likewise of reports, with what the sender says of the photographs."""
ONE_FILE = _form(_FILE)
"""Likewise of routes that take one photograph."""


@asynccontextmanager
async def deadline(state: State) -> AsyncIterator[None]:
    """Cancels work that takes too long; what is being decoded for it is killed.

    Raises:
        TooSlowError: The time is over.
    """
    try:
        async with asyncio.timeout(state.limits.seconds):
            yield
    except TimeoutError:
        raise TooSlowError(
            f"The answer took longer than {state.limits.seconds:g} seconds: send fewer photographs at once, or start "
            "the server with a larger --timeout."
        ) from None
