"""`POST /v1/predict`: a row for each photograph."""

from fastapi import APIRouter, Request

from fundusfm.server.routes.common import SEVERAL_FILES, WORK, Authorized, Layers, PointName, deadline, problems
from fundusfm.server.schemas import Predictions
from fundusfm.server.screen import screen_uploads

router = APIRouter(prefix="/v1")


@router.post("/predict", responses={**WORK, **problems(404)}, openapi_extra=SEVERAL_FILES)
async def predict(request: Request, state: Authorized, point: PointName = None, layers: Layers = False) -> Predictions:
    """Scores photographs: a row per file, and per frame of a DICOM file, in order.

    What cannot be scored keeps its row, with the reason.
    """
    async with state.photographs(request) as uploads, deadline(state):
        rows = await screen_uploads(state, uploads, operating_point=point, layers=layers)
    return Predictions(models=[card.name for card in state.service.cards], rows=[row for some in rows for row in some])
