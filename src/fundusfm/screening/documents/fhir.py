"""The report on a person as FHIR R4: a transaction Bundle that a server takes as it is, once or several times.

One DiagnosticReport with its Observations: the decision about each photograph, one per label, and what was found of
lesions, optic disc and vessels. The person is referred to by identifier, because the patient record belongs to the
hospital. The model is a Device, and so is the segmenter; the photographs are an ImagingStudy where they come from an
archive, else a Media each. Everything is made only if the server does not have it (`ifNoneExist`), by identifiers that
follow from photographs, person and models.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from fundusfm.screening.dicom.codes import REFERRALS
from fundusfm.screening.documents.coding import (
    DICOM,
    SNOMED,
    Json,
    coding,
    concept,
    eye_site,
    label_code,
    lesions_code,
    own,
    positive,
    probability_code,
    quality_code,
    report_code,
)
from fundusfm.screening.documents.results import (
    ImageReference,
    LabelResult,
    ModelFacts,
    PersonResult,
    PhotographResult,
    SegmenterFacts,
)
from fundusfm.screening.documents.structures import StructuresResult
from fundusfm.screening.documents.words import BOTH_EYES
from fundusfm.structures.findings import LOOK_FIRST, TOO_MANY

STATUS = "preliminary"
"""No one has verified the result; FHIR keeps `final` for reports that an authorised person has."""

MIME = "application/fhir+json"

_REPORT_SYSTEM = "urn:fundusfm:report"
_PART_SYSTEM = "urn:fundusfm:part"
_MODEL_SYSTEM = "urn:fundusfm:model"
_UID_SYSTEM = "urn:dicom:uid"
_UCUM = "http://unitsofmeasure.org"
_URI = "urn:ietf:rfc:3986"
_DIGITS = 6


def diagnostic_report(person: PersonResult, *, pdf: bytes | None = None, patient_system: str = "") -> Json:
    """Returns the report on a person as a transaction Bundle of FHIR R4.

    Args:
        person: What was found.
        pdf: The same report for people to read, which becomes the presented form.
        patient_system: URI of the system that the patient's identifier belongs to, such as the hospital's; a server
            needs it to know whose report it is.
    """
    return bundle_of([person], pdfs=[pdf], patient_system=patient_system)


def bundle_of(people: Sequence[PersonResult], *, pdfs: Sequence[bytes | None] = (), patient_system: str = "") -> Json:
    """Returns the reports on several people as one transaction Bundle; what they share is in it once.

    Args:
        people: At least one.
        pdfs: The report on each for people to read; none by default.
        patient_system: As for `diagnostic_report`.
    """
    entries: dict[str, Json] = {}
    for person, pdf in zip(people, pdfs or [None] * len(people), strict=True):
        for entry in _Person(person, patient_system).entries(pdf):
            entries.setdefault(entry["fullUrl"], entry)
    first = people[0]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "timestamp": first.screened.isoformat(timespec="seconds"),
        "entry": list(entries.values()),
    }


@dataclass(frozen=True)
class _Person:
    """Makes the resources of one person."""

    person: PersonResult
    patient_system: str

    def entries(self, pdf: bytes | None) -> Iterator[Json]:
        observations = [entry for one in self.person.photographs for entry in self._observations(one)]
        studies = list(self._studies())
        media = [self._media(one) for one in self.person.photographs if one.reference is None]
        yield self._report(observations, studies, media, pdf)
        yield from observations
        yield self._device()
        if self.person.model.segmenter is not None:
            yield self._segmenter(self.person.model.segmenter)
        yield from studies
        yield from media

    def _report(self, observations: list[Json], studies: list[Json], media: list[Json], pdf: bytes | None) -> Json:
        person, outcome = self.person, self.person.outcome
        said = f"{outcome.text}. {outcome.detail[0].upper()}{outcome.detail[1:]}" if outcome.detail else outcome.text
        if person.remarks:
            said = " ".join([f"{said}.", *person.remarks])
        report: Json = {
            **self._common("DiagnosticReport", _REPORT_SYSTEM, str(person.identity)),
            "status": STATUS,
            "category": [concept(SNOMED, "4201000179104", "Imaging report")],
            "code": report_code(),
            **self._subject(),
            **self._effective(),
            "issued": person.screened.isoformat(timespec="seconds"),
            "result": [{"reference": entry["fullUrl"]} for entry in observations],
            "conclusion": said,
            "conclusionCode": [self._outcome_code()],
        }
        if studies:
            report["imagingStudy"] = [{"reference": entry["fullUrl"]} for entry in studies]
        if media:
            report["media"] = [{"link": {"reference": entry["fullUrl"]}} for entry in media]
        if pdf is not None:
            report["presentedForm"] = [
                {
                    "contentType": "application/pdf",
                    "language": "en",
                    "data": base64.b64encode(pdf).decode(),
                    "size": len(pdf),
                    "hash": base64.b64encode(hashlib.sha1(pdf, usedforsecurity=False).digest()).decode(),
                    "title": "Screening report",
                }
            ]
        return self._entry(report)

    def _outcome_code(self) -> Json:
        codes = {"refer": "yes", "none": "no", "again": "take_again", "other": "not_fundus"}
        kind = self.person.outcome.kind
        if kind == "other" and all(one.refer != "not_fundus" for one in self.person.photographs):
            return {"text": self.person.outcome.text}  # nothing was decided, for which there is no code
        code, display = ("have-it-read", "Uncertain: have it read") if kind == "unsure" else REFERRALS[codes[kind]]
        return {**own(code, display), "text": self.person.outcome.text}

    def _observations(self, one: PhotographResult) -> Iterator[Json]:
        decision = self._observation(one, "decision", own("referral", "Decision of the referral rule"))
        if one.refer:
            decision["valueCodeableConcept"] = {**own(*REFERRALS[one.refer]), "text": one.verdict}
        else:
            decision["dataAbsentReason"] = {"text": one.verdict}
        said = (one.verdict, one.advice, one.reason, BOTH_EYES if one.both_eyes else "")
        note = " ".join(text for text in said if text)
        decision["note"] = [{"text": note}]
        decision["component"] = [
            *([_number(quality_code(), one.quality)] if one.quality is not None else []),
            {"code": own("status", "Status of the photograph"), "valueString": one.status},
            *(
                [{"code": own("uncertain", "Whether the decision hangs on little"), "valueBoolean": one.uncertain}]
                if one.uncertain is not None
                else []
            ),
        ]
        yield self._entry(decision)
        for label in one.labels:
            yield self._entry(self._label(one, label))
        if one.structures is not None and self.person.model.segmenter is not None:
            yield from self._structures(one, one.structures, self.person.model.segmenter)

    def _label(self, one: PhotographResult, label: LabelResult) -> Json:
        found = self._observation(one, f"label {label.label}", label_code(label))
        if label.threshold is not None:
            found["valueCodeableConcept"] = positive(label.score >= label.threshold)
        else:
            found["dataAbsentReason"] = {"text": "scored, not decided: the label has no operating point"}
        found["component"] = [
            *([_number(probability_code(), label.probability)] if label.probability is not None else []),
            _number(own("score", "Score, not calibrated"), label.score),
            *(
                [_number(own("threshold", "Score threshold of the operating point"), label.threshold)]
                if label.threshold is not None
                else []
            ),
            *(
                [_number(own("prevalence", "Prevalence for which the probability holds"), label.prevalence)]
                if label.prevalence is not None
                else []
            ),
        ]
        return found

    def _structures(self, one: PhotographResult, found: StructuresResult, segmenter: SegmenterFacts) -> Iterator[Json]:
        def observed(what: str, code: Json, value: Json, caution: str) -> Json:
            said = {"note": [{"text": caution}]} if caution else {}
            device = {"device": {"reference": self._segmenter(segmenter)["fullUrl"]}}
            method = {"method": {"text": f"segmenter {segmenter.name}"}}
            return self._entry({**self._observation(one, what, code), **method, **device, **said, **value})

        for lesion, count in found.lesions.items():
            yield observed(f"lesions {lesion}", lesions_code(lesion), {"valueInteger": count}, TOO_MANY)
        if found.disc is not None:
            code = own("optic-disc-found", "Whether the optic disc was found")
            yield observed("disc", code, {"valueBoolean": found.disc}, "")
        if found.avr is not None or found.avr_reason:
            value = (
                {"dataAbsentReason": {"text": found.avr_reason}}
                if found.avr is None
                else {"valueQuantity": _plain(found.avr)}
            )
            yield observed("avr", own("avr", "Arteriole-to-venule ratio in zone B"), value, LOOK_FIRST)

    def _observation(self, one: PhotographResult, what: str, code: Json) -> Json:
        return {
            **self._common("Observation", _PART_SYSTEM, str(self._part(one, what))),
            "status": STATUS,
            "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "imaging", "Imaging")],
            "code": code,
            **self._subject(),
            **self._effective(),
            "issued": self.person.screened.isoformat(timespec="seconds"),
            "bodySite": eye_site(one.eye),
            "method": {"text": self.person.model.decided_by or "scores only"},
            "device": {"reference": self._device()["fullUrl"]},
            "derivedFrom": [self._source(one)],
        }

    def _source(self, one: PhotographResult) -> Json:
        """Refers to the photograph that an observation is about."""
        if one.reference is None:
            return {"reference": self._media(one)["fullUrl"], "display": one.name}
        frame = f", frame {one.reference.frame}" if one.reference.frame > 1 else ""
        return {
            "reference": _urn(_uuid(_oid(one.reference.study))),
            "display": f"SOP instance {one.reference.instance}{frame}",
        }

    def _device(self) -> Json:
        model = self.person.model
        note = " ".join([model.intended_use, *model.limits])
        return self._software(model, note, {"operating point": model.point or "none"})

    def _segmenter(self, segmenter: SegmenterFacts) -> Json:
        return self._software(segmenter, " ".join(segmenter.limits), {})

    def _software(self, facts: ModelFacts | SegmenterFacts, note: str, versions: dict[str, str]) -> Json:
        """Returns the Device of what scores or finds; `versions` holds more of what decides its results."""
        versions = {"FundusFM": self.person.model.version, "SHA-256 of the weights": facts.sha256} | versions
        device = {
            **self._common("Device", _MODEL_SYSTEM, facts.digest),
            "status": "active",
            "manufacturer": "FundusFM",
            "serialNumber": facts.sha256,
            "deviceName": [{"name": facts.name, "type": "model-name"}],
            "modelNumber": facts.architecture,
            "type": _software_type(),
            "version": [{"type": {"text": what}, "value": value} for what, value in versions.items()],
            **({"note": [{"text": note}]} if note else {}),
        }
        return self._entry(device)

    def _studies(self) -> Iterator[Json]:
        studies: dict[str, list[ImageReference]] = {}
        for one in self.person.photographs:
            if one.reference is not None:
                studies.setdefault(one.reference.study, []).append(one.reference)
        for uid, images in studies.items():
            series: dict[str, dict[str, ImageReference]] = {}
            for image in images:
                series.setdefault(image.series, {})[image.instance] = image
            study: Json = {
                **self._common("ImagingStudy", _UID_SYSTEM, _oid(uid)),
                "status": "available",
                "modality": [
                    coding(DICOM, modality, modality) for modality in sorted({one.modality for one in images})
                ],
                "subject": self._subject().get("subject", {"display": "not named in the header"}),
                **({"started": self._effective()["effectiveDateTime"]} if self.person.patient.photographed else {}),
                "series": [
                    {
                        "uid": name,
                        "modality": coding(DICOM, modality := next(iter(found.values())).modality, modality),
                        "instance": [
                            {"uid": image.instance, "sopClass": {"system": _URI, "code": _oid(image.sop_class)}}
                            for image in found.values()
                        ],
                    }
                    for name, found in series.items()
                ],
            }
            yield self._entry(study)

    def _media(self, one: PhotographResult) -> Json:
        media = {
            **self._common("Media", _PART_SYSTEM, str(self._part(one, "photograph"))),
            "status": "completed",
            "type": concept("http://terminology.hl7.org/CodeSystem/media-type", "image", "Image"),
            **self._subject(),
            "bodySite": eye_site(one.eye),
            "content": {"title": one.name},
        }
        if one.trace.sha256:
            media["note"] = [{"text": f"SHA-256 {one.trace.sha256}, frame {one.trace.frame}"}]
        return self._entry(media)

    def _part(self, one: PhotographResult, what: str) -> UUID:
        name = f"{one.trace.sha256 or one.name} {one.trace.frame} {one.eye} {what}"
        return uuid5(self.person.identity, name)

    def _subject(self) -> Json:
        patient = self.person.patient
        if not patient.identifier:
            return {"subject": {"type": "Patient", "display": patient.name}} if patient.name else {}
        identifier: Json = {"value": patient.identifier}
        if self.patient_system:
            identifier["system"] = self.patient_system
        if patient.issuer:
            identifier["assigner"] = {"display": patient.issuer}
        subject: Json = {"type": "Patient", "identifier": identifier}
        return {"subject": subject | ({"display": patient.name} if patient.name else {})}

    def _effective(self) -> Json:
        day = self.person.patient.photographed
        return {"effectiveDateTime": day.isoformat()} if day else {}

    @staticmethod
    def _common(kind: str, system: str, value: str) -> Json:
        return {"resourceType": kind, "identifier": [{"system": system, "value": value}]}

    @staticmethod
    def _entry(resource: Json) -> Json:
        identifier = resource["identifier"][0]
        return {
            "fullUrl": _urn(_uuid(identifier["value"])),
            "resource": resource,
            "request": {
                "method": "POST",
                "url": resource["resourceType"],
                "ifNoneExist": f"identifier={identifier['system']}|{identifier['value']}",
            },
        }


def _number(code: Json, value: float) -> Json:
    return {"code": code, "valueQuantity": _plain(value)}


def _plain(value: float) -> Json:
    return {"value": round(value, _DIGITS), "system": _UCUM, "code": "1"}


def _software_type() -> Json:
    return concept(SNOMED, "706689003", "Application program software")


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        return uuid5(UUID(int=0), value)


def _urn(uuid: UUID) -> str:
    return f"urn:uuid:{uuid}"


def _oid(uid: str) -> str:
    return f"urn:oid:{uid}"
