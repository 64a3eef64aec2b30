"""Handlers that answer errors as JSON sentences, and the check of host names."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fundusfm.errors import FundusFMError
from fundusfm.server.operation.request_log import HEADER, request_id
from fundusfm.server.problems import RequestError
from fundusfm.server.protection.headers import HEADERS

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def add_handlers(app: FastAPI) -> None:
    """Makes an application answer every error with a JSON object of one sentence."""
    app.add_exception_handler(FundusFMError, _own_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _wrong_input)
    app.add_exception_handler(Exception, _bug)


async def _own_error(request: Request, error: Exception) -> JSONResponse:
    status, headers = (error.status, error.headers) if isinstance(error, RequestError) else (422, {})
    return JSONResponse({"error": str(error)}, status, headers)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    description = f"{request.scope.get('root_path', '')}/openapi.json"
    sentence = {404: f"There is no such page: see {description} for what there is.",
                405: f"This page does not take that method: see {description}."}.get(error.status_code)  # fmt: skip
    return JSONResponse({"error": sentence or str(error.detail)}, error.status_code, error.headers)


async def _wrong_input(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{where}: {first['msg']}; see /openapi.json for what is expected."}, 422)


async def _bug(request: Request, error: Exception) -> JSONResponse:
    sentence = f"An error in the program ({type(error).__name__}); the server's log says more."
    # Answered outside all middleware.
    headers = {**HEADERS, HEADER: request_id()}
    return JSONResponse({"error": sentence}, 500, headers)
