"""Liveness, readiness and metrics, for orchestrators and Prometheus."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from fundusfm.server.problems import BusyError
from fundusfm.server.routes.common import Authorized, Responses, problems
from fundusfm.server.schemas import Health
from fundusfm.server.state import state_of

_RETRY_AFTER = 5
_TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "all metrics"}}
router = APIRouter()


@router.get("/healthz", responses=problems(500, 503))
async def healthz(request: Request) -> Health:
    """Whether the server works at all; if not, start it again."""
    if fault := state_of(request).why_broken():
        raise BusyError(f"{fault}: start the server again.", retry_after=_RETRY_AFTER)
    return Health(status="ok")


@router.get("/readyz", responses=problems(500, 503))
async def readyz(request: Request) -> Health:
    """Whether a request that is sent now would be answered soon; if not, the sentence says why."""
    state = state_of(request)
    state.refuse_when_draining()
    if fault := state.why_not_ready():
        raise BusyError(f"{fault}: try again in a moment.", retry_after=_RETRY_AFTER)
    return Health(status="ready")


@router.get("/metrics", response_class=Response, responses={**_TEXT, **problems(401, 422, 500)})
async def metrics(state: Authorized) -> Response:
    """Metrics in the text format of Prometheus."""
    return Response(state.telemetry.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
