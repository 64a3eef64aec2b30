"""Is it alive, may it have traffic, and how is it doing: for orchestrators and Prometheus."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from fundusfm.server.problems import BusyError
from fundusfm.server.routes.api import Authorized, Responses, problems
from fundusfm.server.routes.schemas import Health
from fundusfm.server.state import state_of

_RETRY_AFTER = 5
_TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "all metrics"}}
router = APIRouter()


@router.get("/healthz", responses=problems(500, 503))
async def healthz(request: Request) -> Health:
    """Whether the server works at all; if not, start it again."""
    if not state_of(request).worker.alive:
        raise BusyError("The inference thread has ended: start the server again.", retry_after=_RETRY_AFTER)
    return Health(status="ok")


@router.get("/readyz", responses=problems(500, 503))
async def readyz(request: Request) -> Health:
    """Whether to send requests here; not while the server is stopping."""
    state_of(request).refuse_when_draining()
    return Health(status="ready")


@router.get("/metrics", response_class=Response, responses={**_TEXT, **problems(401, 500)})
async def metrics(state: Authorized) -> Response:
    """Metrics in the text format of Prometheus."""
    return Response(state.telemetry.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
