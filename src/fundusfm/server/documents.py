"""Reports on the people of a request as PDF or FHIR, from the same rows and pictures as the HTML report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fundusfm.screening.documents.fhir import MIME, bundle_of
from fundusfm.screening.documents.make import Writer
from fundusfm.screening.documents.pdf import Paper, people_report
from fundusfm.screening.documents.results import (
    EvidenceMap,
    LabelResult,
    PatientFacts,
    PersonResult,
    PhotographResult,
)
from fundusfm.server.people import people
from fundusfm.server.problems import BadUploadError, NotAcceptableError
from fundusfm.server.report_page import ScreenedPhotograph
from fundusfm.server.schemas import LabelFinding, Row
from fundusfm.server.service import Service
from fundusfm.server.structures import structures_result

HTML, PDF, FHIR = "text/html", "application/pdf", MIME
_LONGEST = 200


@dataclass(frozen=True)
class Stated:
    """What the sender of a request says of its photographs, in fields of the form.

    Attributes:
        person: What to call the person; all photographs are of one person where this or the next two are given.
        patient: The person's identifier.
        name: The person's name.
        eyes: `left`, `right`, or empty, by the name of a photograph's row.
    """

    person: str = ""
    patient: str = ""
    name: str = ""
    eyes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "Stated":
        """Reads the fields of a form.

        Raises:
            BadUploadError: There is another field, a text is too long, or the eyes are not stated as expected.
        """
        if unknown := sorted(fields.keys() - {"person", "patient", "name", "eyes"}):
            raise BadUploadError(f"There is no field {unknown[0][:40]!r}; known: files, person, patient, name, eyes.")
        texts = {name: " ".join(text.split()) for name, text in fields.items() if name != "eyes"}
        if long := [name for name, text in texts.items() if len(text) > _LONGEST]:
            raise BadUploadError(f"The field {long[0]} is longer than {_LONGEST} characters.")
        return cls(**texts, eyes=_eyes(fields.get("eyes", "{}")))


def preferred(accept: str) -> str:
    """Returns which form of a report an Accept header prefers (RFC 9110, 12.5.1); HTML where it leaves the choice.

    Raises:
        NotAcceptableError: It allows none of them.
    """
    given = {}
    for part in (accept.strip() or "*/*").lower().split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        weight = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        given[kind] = float(weight) if weight.replace(".", "", 1).isdigit() else 0.0
    # What names a form more closely counts before a wildcard.
    weights = {
        kind: next((given[one] for one in (kind, f"{kind.split('/')[0]}/*", "*/*") if one in given), 0.0)
        for kind in (HTML, PDF, FHIR)
    }
    best = max(weights, key=lambda kind: weights[kind])
    if not weights[best]:
        raise NotAcceptableError(f"A report is one of {', '.join(weights)}: name one of them in the header Accept.")
    return best


def document(
    kind: str,
    screened: Sequence[ScreenedPhotograph],
    service: Service,
    point: str,
    *,
    stated: Stated,
    paper: Paper,
    now: datetime,
    pdf: bool = True,
) -> bytes:
    """Returns a report.

    Args:
        kind: `PDF` or `FHIR`.
        screened: The photographs.
        service: The models.
        point: Name of the operating point that decided.
        stated: What the sender says of them.
        paper: Size of the PDF's pages.
        now: When they were screened.
        pdf: Whether a FHIR report has the PDF of each person in it.
    """
    found = person_results(screened, service, point, stated=stated, now=now)
    if kind == PDF:
        return people_report(found, paper=paper)
    pdfs = [people_report([person], paper=paper) if pdf else None for person in found]
    return json.dumps(bundle_of(found, pdfs=pdfs), ensure_ascii=False).encode()


def person_results(
    screened: Sequence[ScreenedPhotograph], service: Service, point: str, *, stated: Stated, now: datetime
) -> list[PersonResult]:
    """Returns the people of a request, worst first; arguments as for `document`."""
    model = Writer(service.bundles, point, service.rules.get(point), service.rule, service.structures).model()
    results = [_photograph(item, service, stated.eyes.get(item.row.image, item.row.eye)) for item in screened]
    if stated.person or stated.patient or stated.name:
        patient = PatientFacts(identifier=stated.patient, name=stated.name)
        title = stated.person or f"Patient {stated.patient}"
        return [PersonResult(title, results, model, now, patient, remarks=_strangers(screened, stated.patient))]
    return [
        PersonResult(one.title, [results[place] for place in one.places], model, now, how=one.how)
        for one in people([item.row for item in screened])
    ]


def _strangers(screened: Sequence[ScreenedPhotograph], patient: str) -> list[str]:
    """Says which photographs' headers name another patient than the sender does, or several; without their names."""
    named = [item for item in screened if item.patient]
    if patient:
        others = [item.row.image for item in named if item.patient != patient]
        said = "is not the one that the sender of the photographs stated: make sure whose photographs these are."
    else:
        others = [item.row.image for item in named] if len({item.patient for item in named}) > 1 else []
        said = "is not the same in all of them: make sure whose photographs these are."
    return [f"The Patient ID in the DICOM header of {', '.join(others)} {said}"] if others else []


def _photograph(item: ScreenedPhotograph, service: Service, eye: str) -> PhotographResult:
    row = item.row
    names = {finding.label: finding.name for finding in row.findings}
    shown = next(iter(item.maps), None)
    scored = [finding for finding in row.findings if finding.score is not None] if row.status == "ok" else []
    order = {label: place for place, label in enumerate(row.labels)}
    labels = sorted(
        (_label(finding, row, service) for finding in scored),
        key=lambda one: (one.healthy, order.get(one.label, len(order))),
    )
    return PhotographResult(
        name=row.image,
        eye=eye,
        status=row.status,
        reason=row.reason,
        quality=None if row.status == "failed" else row.quality,
        refer=row.refer,
        uncertain=row.uncertain,
        verdict=row.verdict,
        advice=row.advice,
        labels=labels,
        view=item.view,
        evidence=None if shown is None else EvidenceMap(names[shown], item.maps[shown]),
        trace=item.trace,
        reference=item.reference,
        both_eyes=bool(row.fellow),
        eye_doubt=row.eye_doubt,
        structures=None if row.structures is None else structures_result(row.structures),
    )


def _label(finding: LabelFinding, row: Row, service: Service) -> LabelResult:
    assert finding.score is not None
    card = service.cards[0]
    return LabelResult(
        label=finding.label,
        name=finding.name,
        definition=card.label_definitions.get(finding.label, ""),
        number=card.labels.index(finding.label) + 1,
        score=finding.score,
        probability=finding.probability,
        prevalence=finding.prevalence,
        threshold=None if finding.point is None or finding.healthy else finding.point.threshold,
        found=finding.label in row.labels,
        healthy=finding.healthy,
    )


def _eyes(text: str) -> dict[str, str]:
    try:
        eyes = json.loads(text)
    except ValueError:
        eyes = None
    if not isinstance(eyes, dict) or not set(map(str, eyes.values())) <= {"left", "right", ""}:
        raise BadUploadError('The field eyes is not like {"photo.jpg": "left"}, with left, right or an empty text.')
    return eyes
