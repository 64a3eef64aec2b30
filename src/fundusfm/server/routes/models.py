"""`GET /v1/models`: the models that the server runs."""

from importlib.metadata import version

from fastapi import APIRouter

from fundusfm.models.bundle import Bundle
from fundusfm.server.routes.common import Authorized, problems
from fundusfm.server.schemas import LabelInfo, ModelInfo, Models, Point, SegmenterInfo
from fundusfm.structures.finder import StructureFinder

router = APIRouter(prefix="/v1")


@router.get("/models", responses=problems(401, 422, 500))
async def models(state: Authorized) -> Models:
    """Lists models, labels, their definitions and operating points."""
    service = state.service
    return Models(
        version=version("fundusfm"),
        operating_point=service.default,
        operating_points={name: rule.thresholds for name, rule in service.rules.items()},
        models=[_model_info(bundle) for bundle in service.bundles],
        structures=None if service.structures is None else _segmenter_info(service.structures),
    )


def _segmenter_info(finder: StructureFinder) -> SegmenterInfo:
    card = finder.segmenter.card
    return SegmenterInfo(
        name=card.name,
        masks=finder.segmenter.labels,
        hash=finder.hash,
        licence=card.licence,
        intended_use=card.intended_use,
        limits=card.limits,
    )


def _model_info(bundle: Bundle) -> ModelInfo:
    card = bundle.card
    labels = []
    for label in card.labels:
        stored = card.operating_points.get(label, {}).items()
        points = {name: Point(name=name, **point.model_dump()) for name, point in stored}
        labels.append(
            LabelInfo(
                label=label,
                name=card.name_of(label),
                definition=card.label_definitions.get(label, ""),
                points=points,
            )
        )
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
        limits=card.limits,
        failures=card.failures,
        referral=card.referral,
        code_version=card.code_version,
    )
