"""Made-up results of people, without a model."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from fundusfm.screening.audit.trace import Trace
from fundusfm.screening.documents.results import (
    EvidenceMap,
    ImageReference,
    LabelResult,
    ModelFacts,
    PatientFacts,
    PersonResult,
    PhotographResult,
    SegmenterFacts,
)
from fundusfm.screening.documents.structures import StructuresResult
from fundusfm.screening.documents.views import View

MODEL = ModelFacts(
    name="tiny",
    architecture="test_resnet",
    sha256="ab" * 32,
    digest="cd" * 32,
    version="0.1.0",
    point="referral",
    decided_by="referral rule: 80 % of healthy eyes are not referred",
    intended_use="Research use.",
    limits=["Not for children."],
)
SEGMENTER = SegmenterFacts("drawn", "unet", "ef" * 32, "12" * 32, ["Drusen can be taken for exudates."])
"""What found the structures of `structures`."""
SCREENED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PATIENT = PatientFacts(
    identifier="4711", name="Zoë Müller", born=date(1950, 5, 1), sex="F", photographed=date(2026, 3, 1)
)


def label(name: str, score: float, threshold: float | None = 0.5, **values: Any) -> LabelResult:
    found = threshold is not None and score >= threshold
    known: dict[str, Any] = {"definition": name.lower(), "number": 1, "probability": score / 2, "prevalence": 0.04,
                             "found": found, "healthy": False}  # fmt: skip
    return LabelResult(label=name[:1], name=name, score=score, threshold=threshold, **{**known, **values})


def photograph(eye: str, refer: str = "no", **values: Any) -> PhotographResult:
    pixels = np.random.default_rng(len(eye)).integers(0, 255, (32, 32, 3), np.uint8)
    known: dict[str, Any] = {
        "name": f"{eye or 'some'}.jpg",
        "status": "ok",
        "reason": "",
        "quality": 0.81,
        "uncertain": False,
        "verdict": "Refer: signs of glaucoma" if refer == "yes" else "No sign found",
        "advice": "",
        "labels": [label("Glaucoma", 0.9 if refer == "yes" else 0.1), label("Normal", 0.2, None, healthy=True)],
        "view": View(pixels, circle=True),
        "evidence": EvidenceMap("Glaucoma", np.eye(32, dtype=np.float32)) if refer == "yes" else None,
        "trace": Trace("file", f"{len(eye)}" * 64),
    }
    return PhotographResult(eye=eye, refer=refer, **{**known, **values})


def structures(**values: Any) -> StructuresResult:
    pixels = np.random.default_rng(7).integers(0, 255, (32, 32, 3), np.uint8)
    return StructuresResult(**{"lesions": {"haemorrhages": 2, "soft_exudates": 0}, "disc": True, "avr": 0.68,
                               "picture": pixels, **values})  # fmt: skip


def refused(eye: str, **values: Any) -> PhotographResult:
    known: dict[str, Any] = {"status": "ungradable", "reason": "too dark", "quality": 0.1, "uncertain": None,
                             "verdict": "Take again: too dark", "advice": "Raise the flash.", "labels": ()}  # fmt: skip
    return photograph(eye, "take_again", **{**known, **values})


def reference(**values: Any) -> ImageReference:
    known: dict[str, Any] = {"study": "1.2.3", "series": "1.2.3.4", "instance": "1.2.3.4.5", "modality": "OP",
                             "sop_class": "1.2.840.10008.5.1.4.1.1.77.1.5.1"}  # fmt: skip
    return ImageReference(**{**known, **values})


def person(*photographs: PhotographResult, **values: Any) -> PersonResult:
    shown = photographs or (photograph("right", "yes"), photograph("left"))
    return PersonResult(**{"title": "Person 1", "photographs": shown, "model": MODEL, "screened": SCREENED, **values})
