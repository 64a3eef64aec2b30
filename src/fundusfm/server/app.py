"""The web application: routes, headers, and errors that are sentences."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from fundusfm.screening.audit.log import AuditLog
from fundusfm.server.decoding.pool import DecoderPool
from fundusfm.server.handlers import LOCAL_NAMES, add_handlers
from fundusfm.server.operation.request_log import RequestLog
from fundusfm.server.protection.admission import Admission
from fundusfm.server.protection.headers import SecurityHeaders
from fundusfm.server.protection.limits import Limits
from fundusfm.server.protection.origin import OwnPagesOnly
from fundusfm.server.protection.tokens import Tokens
from fundusfm.server.routes import explain, models, page, predict, probes, report
from fundusfm.server.service import Service
from fundusfm.server.state import State
from fundusfm.server.telemetry import Measured, Telemetry
from fundusfm.server.worker import Worker

_DESCRIPTION = (
    "Scores colour fundus photographs. Research use only: this is not a medical device. Nothing that is sent is kept. "
    "Every error is a JSON object with one sentence."
)

_SALT_BYTES = 32
_STOP_SECONDS = 3.0


def create_app(
    service: Service,
    *,
    limits: Limits,
    tokens: Tokens | None,
    root_path: str = "",
    local_only: bool = False,
    audit_log: AuditLog | None = None,
) -> FastAPI:
    """Returns the application; its worker thread runs from now on, its decoding processes once it is served.

    Args:
        service: The loaded models.
        limits: Bounds of requests.
        tokens: What requests must carry one of; None for nothing.
        root_path: Path under which a proxy shows the application, such as `/screening`, whether it passes it on or not.
        local_only: Answer only under this machine's own names.
        audit_log: Where results are logged before they are given out.
    """
    telemetry = Telemetry()
    telemetry.runs(service.weights)
    worker = Worker(batch=limits.batch, on_batch=telemetry.batches.observe)
    admission = Admission(limits)
    telemetry.watch_queue(lambda: admission.photographs)
    app = FastAPI(
        title="FundusFM",
        version=version("fundusfm"),
        description=_DESCRIPTION,
        lifespan=_lifespan,
        root_path=root_path,
        docs_url=None,  # the usual pages of documentation load scripts from elsewhere
        redoc_url=None,
    )
    decoders = DecoderPool(limits, salt=secrets.token_bytes(_SALT_BYTES))
    app.state.fundusfm = State(service, worker, decoders, limits, admission, telemetry, tokens, audit_log)
    for routes in (models, predict, explain, report, probes, page):
        app.include_router(routes.router)
    add_handlers(app)
    if tokens is None:
        app.add_middleware(OwnPagesOnly)
    if local_only:
        # A web page elsewhere can make its own name point to 127.0.0.1 (DNS rebinding); browsers still send that name.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOCAL_NAMES, www_redirect=False)
    app.add_middleware(Measured, telemetry=telemetry)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog)
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
