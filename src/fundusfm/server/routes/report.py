"""`POST /v1/report`: photographs in, a report to keep or print out."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.documents.views import View
from fundusfm.server.report_page import ScreenedPhotograph, report_html
from fundusfm.server.routes.common import SEVERAL_FILES, WORK, Authorized, PointName, Responses, deadline, problems
from fundusfm.server.schemas import Row
from fundusfm.server.screen import screen_uploads
from fundusfm.server.state import State

_HTML: Responses = {200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "one HTML file"}}
router = APIRouter(prefix="/v1")


@router.post(
    "/report", response_class=Response, responses={**_HTML, **WORK, **problems(404)}, openapi_extra=SEVERAL_FILES
)
async def report(request: Request, state: Authorized, point: PointName = None) -> Response:
    """Screens photographs and answers with a report to keep or print: one HTML file that needs nothing else."""
    async with state.photographs(request) as uploads, deadline(state):
        screened = []
        for upload, rows in zip(uploads, await screen_uploads(state, uploads, operating_point=point), strict=True):
            screened += await _with_pictures(state, upload, rows)
        html = await asyncio.to_thread(report_html, screened, state.service, state.service.check_point(point))
    headers = {"Content-Disposition": 'attachment; filename="fundusfm-report.html"'}
    return Response(html, media_type="text/html", headers=headers)


async def _with_pictures(state: State, upload: Photograph, rows: Sequence[Row]) -> list[ScreenedPhotograph]:
    """Adds the crop of what could be decoded, and the map of the label that matters most where something was found."""
    readable = [number for number, row in enumerate(rows) if row.status != "failed"]
    _, views = await state.decoders.look(upload, readable) if readable else (0, {})
    screened = []
    for number, row in enumerate(rows):
        view = views.get(number)
        if not isinstance(view, View):
            screened.append(ScreenedPhotograph(row))
            continue
        maps = {}
        if row.status == "ok":
            for label in row.labels[:1]:
                call = state.worker.call(lambda view=view, label=label: state.service.heat(view, label))  # type: ignore[misc]
                maps[label] = await asyncio.wrap_future(call)
        screened.append(ScreenedPhotograph(row, view, maps))
    return screened
