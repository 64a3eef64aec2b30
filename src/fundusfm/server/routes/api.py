"""The REST interface: predictions, maps, a report, and what the server runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.models.bundle import Bundle
from fundusfm.screening.prepare import Unreadable
from fundusfm.server.frames import Item
from fundusfm.server.pictures import drawn, picture
from fundusfm.server.problems import BadUploadError, NotFoundError, TooSlowError
from fundusfm.server.protection.access import check_token
from fundusfm.server.protection.uploads import FIELD
from fundusfm.server.routes.report import Screened, report_html
from fundusfm.server.routes.rows import to_row
from fundusfm.server.routes.schemas import Explained, LabelInfo, ModelInfo, Models, Point, Predictions, Problem, Row
from fundusfm.server.state import State, state_of
from fundusfm.server.worker import failed_row

_LOG = logging.getLogger(__name__)
_BEARER = HTTPBearer(auto_error=False, description="The token that the server was started with, if any")


def authorized(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> State:
    """Returns the server's state to those who may use it.

    Raises:
        UnauthorizedError: The token is missing or wrong.
    """
    state = state_of(request)
    check_token(state.token, credentials.credentials if credentials else None)
    return state


def _form(files: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": [FIELD], "properties": {FIELD: files}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_FILE = {"type": "string", "format": "binary"}
_FORM = _form({"type": "array", "minItems": 1, "items": _FILE})
_ONE_FILE = _form(_FILE)
_MEANINGS = {
    401: "the token is missing or wrong",
    404: "the model has no such label, or the file no such frame",
    408: "the upload did not arrive in time",
    413: "too many bytes or files",
    422: "not the form, label or file that is expected",
    500: "an error in the program",
    503: "the queue is full or the server is stopping; Retry-After says when to try again",
    504: "the answer was not ready in time",
}
Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """Returns the error answers of a route, for the OpenAPI document."""
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in statuses}


_WORK = problems(401, 408, 413, 422, 500, 503, 504)
_HTML: Responses = {200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "one HTML file"}}
Authorized = Annotated[State, Depends(authorized)]
Label = Annotated[str | None, Query(description="whose evidence to show; the main label by default")]
Frame = Annotated[int, Query(ge=1, description="of a DICOM file that holds several")]
router = APIRouter(prefix="/v1")


@router.get("/models", responses=problems(401, 500))
async def models(state: Authorized) -> Models:
    """What the server runs: models, labels, their definitions and operating points."""
    service = state.service
    return Models(
        version=version("fundusfm"),
        operating_point=service.operating_point,
        models=[_model_info(bundle) for bundle in service.bundles],
    )


@router.post("/predict", responses=_WORK, openapi_extra=_FORM)
async def predict(request: Request, state: Authorized) -> Predictions:
    """Scores photographs: a row per file, and per frame of a DICOM file, in order.

    What cannot be scored keeps its row, with the reason.
    """
    async with state.photographs(request) as uploads, _deadline(state):
        rows = await _screen(state, [item for items in uploads for item in items])
    return Predictions(models=[card.name for card in state.service.cards], rows=rows)


@router.post("/explain", responses={**_WORK, **problems(404)}, openapi_extra=_ONE_FILE)
async def explain(request: Request, state: Authorized, label: Label = None, frame: Frame = 1) -> Explained:
    """Shows one photograph's crop and where a label's evidence lies in it (Grad-CAM)."""
    chosen = state.service.check_label(label)
    async with state.photographs(request) as uploads, _deadline(state):
        if len(uploads) != 1:
            raise BadUploadError(f"{len(uploads)} files were sent: send one per request for its pictures.")
        photograph = _frame(uploads[0], frame)
        view = await asyncio.to_thread(picture, photograph)
        heat = await asyncio.wrap_future(state.worker.call(lambda: state.service.heat(view, chosen)))
        shown = await asyncio.to_thread(drawn, chosen, view, heat)
    return Explained(image=photograph.name, label=shown.label, crop=shown.crop, heat=shown.heat, empty=shown.empty)


@router.post("/report", response_class=Response, responses={**_HTML, **_WORK}, openapi_extra=_FORM)
async def report(request: Request, state: Authorized) -> Response:
    """Screens photographs and answers with a report to keep or print: one HTML file that needs nothing else."""
    async with state.photographs(request) as uploads, _deadline(state):
        items = [item for upload in uploads for item in upload]
        screened = []
        for item, row in zip(items, await _screen(state, items), strict=True):
            screened.append(await _with_pictures(state, item, row))
        html = await asyncio.to_thread(report_html, screened, state.service)
    headers = {"Content-Disposition": 'attachment; filename="fundusfm-report.html"'}
    return Response(html, media_type="text/html", headers=headers)


def _frame(items: list[Item], number: int) -> Photograph:
    """Returns one of the photographs of an upload.

    Raises:
        BadUploadError: The upload was refused.
        NotFoundError: It has fewer frames.
    """
    photographs = [item for item in items if isinstance(item, Photograph)]
    if not photographs:
        raise BadUploadError(" ".join(item.reason for item in items if isinstance(item, Unreadable)))
    if number > len(photographs):
        raise NotFoundError(f"{photographs[0].name} has no frame {number}; its last one is {len(photographs)}.")
    return photographs[number - 1]


@asynccontextmanager
async def _deadline(state: State) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(state.limits.seconds):
            yield
    except TimeoutError:
        raise TooSlowError(f"The answer took longer than {state.limits.seconds:g} seconds: send fewer photographs at "
                           "once, or start the server with a larger --timeout.") from None  # fmt: skip


async def _screen(state: State, items: list[Item]) -> list[Row]:
    """Returns one row per photograph; those that were refused for their header are never decoded."""
    flat = await asyncio.gather(*(_screen_one(state, item) for item in items))
    for row in flat:
        state.telemetry.photographs.labels(str(row["status"])).inc()
    return [to_row(row, state.service) for row in flat]


async def _screen_one(state: State, photograph: Item) -> dict[str, Any]:
    if isinstance(photograph, Unreadable):
        return {"image": photograph.name, "status": "failed", "reason": photograph.reason}
    # Decoding is most of the work and needs no network, so it overlaps with the inference of others.
    try:
        prepared = await asyncio.to_thread(state.service.prepare, photograph)
    except Exception as error:  # noqa: BLE001 - the row of one photograph must not be lost, nor its neighbours'
        # A traceback of pydicom quotes values, which may be the patient's.
        _LOG.error("a photograph could not be prepared (%s)", type(error).__name__, exc_info=photograph.dataset is None)
        return failed_row(photograph.name, error) | {"eye": photograph.eye}
    return await asyncio.wrap_future(state.worker.screen(prepared)) | {"eye": photograph.eye}


async def _with_pictures(state: State, photograph: Item, row: Row) -> Screened:
    """Adds the crop and maps: of the leading label and of every label above its operating point."""
    if row.status != "ok" or isinstance(photograph, Unreadable):
        return Screened(row)
    view = await asyncio.to_thread(picture, photograph)
    wanted = [finding.label for number, finding in enumerate(row.findings) if number == 0 or finding.decision]
    maps = {}
    for label in wanted:
        call = state.worker.call(lambda label=label: state.service.heat(view, label))  # type: ignore[misc]
        maps[label] = await asyncio.wrap_future(call)
    return Screened(row, view, maps)


def _model_info(bundle: Bundle) -> ModelInfo:
    card = bundle.card
    labels = []
    for label in card.labels:
        stored = card.operating_points.get(label, {}).items()
        points = {name: Point(name=name, **point.model_dump()) for name, point in stored}
        labels.append(LabelInfo(name=label, definition=card.label_definitions.get(label, ""), points=points))
    return ModelInfo(
        name=card.name,
        architecture=card.architecture,
        strategy=card.strategy,
        method=card.method,
        task=card.task,
        size=card.size,
        crop=card.crop,
        labels=labels,
        trained_on=sorted({data.name for data in card.training_data}),
        hash=bundle.hash,
        licence=card.licence,
        intended_use=card.intended_use,
        code_version=card.code_version,
    )
