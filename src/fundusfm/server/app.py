"""The web application: routes, headers, and errors that are sentences."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from fundusfm.errors import FundusFMError
from fundusfm.screening.audit.log import AuditLog
from fundusfm.server.decoding.pool import DecoderPool
from fundusfm.server.problems import RequestError
from fundusfm.server.protection.admission import Admission
from fundusfm.server.protection.headers import HEADERS, SecurityHeaders
from fundusfm.server.protection.limits import Limits
from fundusfm.server.protection.origin import OwnPagesOnly
from fundusfm.server.routes import explain, models, page, predict, probes, report
from fundusfm.server.service import Service
from fundusfm.server.state import State
from fundusfm.server.telemetry import Measured, Telemetry
from fundusfm.server.worker import Worker

_DESCRIPTION = (
    "Scores colour fundus photographs. Research use only: this is not a medical device. Nothing that is sent is kept. "
    "Every error is a JSON object with one sentence."
)


_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_SALT_BYTES = 32
_STOP_SECONDS = 3.0


def create_app(
    service: Service,
    *,
    limits: Limits,
    token: str | None,
    local_only: bool = False,
    audit_log: AuditLog | None = None,
) -> FastAPI:
    """Returns the application; its worker thread runs from now on, its decoding processes once it is served.

    Args:
        service: The loaded models.
        limits: Bounds of requests.
        token: What requests must carry; None for nothing.
        local_only: Answer only under this machine's own names.
        audit_log: Where results are logged before they are given out.
    """
    telemetry = Telemetry()
    worker = Worker(service.screen, batch=limits.batch, on_batch=telemetry.batches.observe)
    admission = Admission(limits)
    telemetry.watch_queue(lambda: admission.photographs)
    app = FastAPI(
        title="FundusFM",
        version=version("fundusfm"),
        description=_DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # the usual pages of documentation load scripts from elsewhere
        redoc_url=None,
    )
    decoders = DecoderPool(limits, salt=secrets.token_bytes(_SALT_BYTES))
    app.state.fundusfm = State(service, worker, decoders, limits, admission, telemetry, token, audit_log)
    for routes in (models, predict, explain, report, probes, page):
        app.include_router(routes.router)
    app.add_exception_handler(FundusFMError, _own_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _wrong_input)
    app.add_exception_handler(Exception, _bug)
    if token is None:
        app.add_middleware(OwnPagesOnly)
    if local_only:
        # A web page elsewhere can make its own name point to 127.0.0.1 (DNS rebinding); browsers still send that name.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=_LOCAL_NAMES, www_redirect=False)
    app.add_middleware(Measured, telemetry=telemetry)
    app.add_middleware(SecurityHeaders)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: State = app.state.fundusfm
    state.decoders.start()
    yield
    with suppress(TimeoutError):  # the processes end by themselves once the server is gone
        async with asyncio.timeout(_STOP_SECONDS):
            await state.decoders.stop()
    await asyncio.to_thread(state.worker.stop, patience=_STOP_SECONDS)


async def _own_error(request: Request, error: Exception) -> JSONResponse:
    status, headers = (error.status, error.headers) if isinstance(error, RequestError) else (422, {})
    return JSONResponse({"error": str(error)}, status, headers)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    sentence = {404: "There is no such page: see /openapi.json for what there is.",
                405: "This page does not take that method: see /openapi.json."}.get(error.status_code)  # fmt: skip
    return JSONResponse({"error": sentence or str(error.detail)}, error.status_code, error.headers)


async def _wrong_input(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{where}: {first['msg']}; see /openapi.json for what is expected."}, 422)


async def _bug(request: Request, error: Exception) -> JSONResponse:
    sentence = f"An error in the program ({type(error).__name__}); the server's log says more."
    return JSONResponse({"error": sentence}, 500, HEADERS)  # answered outside all middleware
