"""`POST /v1/report`: a report on photographs, to keep or print (HTML, PDF) or for a hospital's server (FHIR)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from fundusfm.data.inputs.photograph import Photograph, frame_name
from fundusfm.screening.audit.trace import trace_of
from fundusfm.screening.documents.header import header_of, image_reference, patient_of
from fundusfm.screening.documents.pdf import Paper
from fundusfm.screening.documents.views import View
from fundusfm.server.documents import FHIR, HTML, PDF, Stated, document, preferred
from fundusfm.server.report_page import ScreenedPhotograph, report_html
from fundusfm.server.routes.common import REPORT_FORM, WORK, Authorized, PointName, Responses, deadline, problems
from fundusfm.server.schemas import Row
from fundusfm.server.screen import screen_uploads
from fundusfm.server.state import State

_TEXT = {"schema": {"type": "string"}}
_REPORT: Responses = {
    200: {
        "content": {HTML: _TEXT, PDF: {"schema": {"type": "string", "format": "binary"}}, FHIR: {"schema": {}}},
        "description": "one file, of the kind that the header Accept prefers; HTML by default",
    }
}
_SUFFIXES = {HTML: "html", PDF: "pdf", FHIR: "json"}
_Paper = Annotated[Paper, Query(description="size of the PDF's pages")]
_WithPdf = Annotated[bool, Query(description="whether a FHIR report has the PDF of each person in it")]
router = APIRouter(prefix="/v1")


@router.post(
    "/report", response_class=Response, responses={**_REPORT, **WORK, **problems(404, 406)}, openapi_extra=REPORT_FORM
)
async def report(
    request: Request, state: Authorized, point: PointName = None, paper: _Paper = "A4", pdf: _WithPdf = True
) -> Response:
    """Screens photographs and answers with a report on each person: HTML, PDF, or a FHIR R4 transaction Bundle.

    All photographs are of one person where the form says who it is.
    """
    kind = preferred(request.headers.get("accept", ""))
    async with state.form(request) as upload, deadline(state):
        stated = Stated.of(upload.fields)
        screened = []
        drawn = kind != FHIR or pdf
        answers = await screen_uploads(state, upload.photographs, operating_point=point, layers=drawn)
        for photograph, rows in zip(upload.photographs, answers, strict=True):
            screened += await _with_pictures(state, photograph, rows, traced=kind != HTML)
        chosen = state.service.check_point(point)
        if kind == HTML:
            content = (await asyncio.to_thread(report_html, screened, state.service, chosen)).encode()
        else:
            now = datetime.now().astimezone()
            content = await asyncio.to_thread(
                document, kind, screened, state.service, chosen, stated=stated, paper=paper, now=now, pdf=pdf
            )
    headers = {
        "Content-Disposition": f'attachment; filename="fundusfm-report.{_SUFFIXES[kind]}"',
        "Vary": "Accept",
    }
    return Response(content, media_type=kind, headers=headers)


async def _with_pictures(
    state: State, upload: Photograph, rows: Sequence[Row], *, traced: bool
) -> list[ScreenedPhotograph]:
    """Adds the crop of what could be decoded, and the map of the label that matters most where something was found."""
    readable = [number for number, row in enumerate(rows) if row.status != "failed"]
    _, views = await state.decoders.look(upload, readable) if readable else (0, {})
    screened = []
    for number, row in enumerate(rows):
        shown = views.get(number)
        maps = {}
        if isinstance(shown, View) and row.status == "ok":
            for label in row.labels[:1]:
                call = state.worker.call(lambda view=shown, label=label: state.service.heat(view, label))  # type: ignore[misc]
                maps[label] = await asyncio.wrap_future(call)
        found = ScreenedPhotograph(row, shown if isinstance(shown, View) else None, maps)
        screened.append(await asyncio.to_thread(_traced, found, upload, number + 1) if traced else found)
    return screened


def _traced(found: ScreenedPhotograph, upload: Photograph, frame: int) -> ScreenedPhotograph:
    one = Photograph(frame_name(upload.name, frame), upload.content, frame=frame)
    header = header_of(one)
    patient = "" if header is None else patient_of(header).identifier
    return ScreenedPhotograph(found.row, found.view, found.maps, trace_of(one), image_reference(one), patient)
