"""`POST /v1/explain`: where in a photograph the evidence for a label lies."""

import asyncio

from fastapi import APIRouter, Request

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.documents.views import View
from fundusfm.screening.prepare import Unreadable
from fundusfm.server.pictures import drawn
from fundusfm.server.problems import BadUploadError, NotFoundError
from fundusfm.server.routes.common import ONE_FILE, WORK, Authorized, FrameNumber, Label, deadline, problems
from fundusfm.server.schemas import Explained
from fundusfm.server.state import State

router = APIRouter(prefix="/v1")


@router.post("/explain", responses={**WORK, **problems(404)}, openapi_extra=ONE_FILE)
async def explain(request: Request, state: Authorized, label: Label = None, frame: FrameNumber = 1) -> Explained:
    """Shows one photograph's crop and where a label's evidence lies in it (Grad-CAM)."""
    chosen = state.service.check_label(label)
    async with state.photographs(request) as uploads, deadline(state):
        if len(uploads) != 1:
            raise BadUploadError(f"{len(uploads)} files were sent: send one per request for its pictures.")
        view = await _view(state, uploads[0], frame)
        heat = await asyncio.wrap_future(state.worker.call(lambda: state.service.heat(view, chosen)))
        shown = await asyncio.to_thread(drawn, chosen, view, heat)
    name = uploads[0].name if frame == 1 else f"{uploads[0].name}#{frame}"
    return Explained(image=name, label=shown.label, crop=shown.crop, heat=shown.heat, empty=shown.empty)


async def _view(state: State, upload: Photograph, frame: int) -> View:
    """Returns one photograph of an upload.

    Raises:
        BadUploadError: It cannot be read.
        NotFoundError: The upload has fewer photographs.
    """
    count, views = await state.decoders.look(upload, [frame - 1])
    view = views.get(frame - 1) or views.get(0)
    if view is None:
        raise NotFoundError(f"{upload.name} has no frame {frame}; its last one is {count}.")
    if isinstance(view, Unreadable):
        raise BadUploadError(view.reason)
    return view
