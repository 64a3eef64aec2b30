"""Bundles that the FHIR models accept, whose references lead somewhere, and that repeat themselves."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from tests.screening.documents.people import (
    MODEL,
    PATIENT,
    SEGMENTER,
    label,
    person,
    photograph,
    reference,
    refused,
    structures,
)

from fundusfm.screening.documents.fhir import bundle_of, diagnostic_report
from fundusfm.screening.documents.results import PatientFacts


def check(bundle: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Validates a bundle, follows its references, and returns its resources by type."""
    # R4B differs from R4 in other resources than these, and its models are kept.
    Bundle.model_validate_json(json.dumps(bundle))
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    led = set(_references(bundle))
    assert led <= set(urls)
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        identifier = resource["identifier"][0]
        assert entry["request"] == {
            "method": "POST",
            "url": resource["resourceType"],
            "ifNoneExist": f"identifier={identifier['system']}|{identifier['value']}",
        }
        found.setdefault(resource["resourceType"], []).append(resource)
    return found


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["reference"]] if isinstance(part.get("reference"), str) else []
        return own + [found for value in part.values() for found in _references(value)]
    return [found for value in part for found in _references(value)] if isinstance(part, list) else []


def test_both_eyes_of_a_patient() -> None:
    right = photograph("right", "yes", reference=reference(), labels=[label("Glaucoma", 0.9), label("Other", 0.1)])
    left = photograph("left", reference=reference(instance="1.2.3.4.6", frame=2), uncertain=True)
    found = check(diagnostic_report(person(right, left, patient=PATIENT), pdf=b"%PDF", patient_system="urn:oid:1.9"))
    (report,) = found["DiagnosticReport"]
    assert report["status"] == "preliminary"
    assert report["subject"] == {
        "type": "Patient", "identifier": {"value": "4711", "system": "urn:oid:1.9"}, "display": "Zoë Müller"
    }  # fmt: skip
    assert report["conclusion"].startswith("Refer: right eye; have it read: left eye. Right eye: signs of glaucoma")
    assert report["conclusionCode"][0]["coding"][0]["code"] == "refer"
    assert report["effectiveDateTime"] == "2026-03-01" and report["issued"] == "2026-03-04T05:06:07+00:00"
    assert base64.b64decode(report["presentedForm"][0]["data"]) == b"%PDF"
    assert len(report["result"]) == len(found["Observation"]) == 6
    (study,) = found["ImagingStudy"]
    assert study["identifier"] == [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.3"}]
    assert [image["uid"] for image in study["series"][0]["instance"]] == ["1.2.3.4.5", "1.2.3.4.6"]
    assert "Media" not in found
    glaucoma = next(one for one in found["Observation"] if one["code"].get("text") == "Glaucoma")
    assert glaucoma["code"]["coding"][0] == {
        "system": "http://snomed.info/sct", "code": "23986001", "display": "Glaucoma"
    }  # fmt: skip
    assert glaucoma["bodySite"]["coding"][0]["display"] == "Right eye structure"
    assert glaucoma["valueCodeableConcept"]["coding"][0]["display"] == "Positive"
    values = {part["code"]["coding"][0]["code"]: part["valueQuantity"]["value"] for part in glaucoma["component"]}
    assert values == {"122157": 0.45, "score": 0.9, "threshold": 0.5, "prevalence": 0.04}
    (device,) = found["Device"]
    assert device["deviceName"][0]["name"] == "tiny" and device["version"][1]["value"] == "ab" * 32


def test_structures_are_observations_of_the_segmenter() -> None:
    reason = "3 arteries cross zone B, 6 needed"
    eyes = (photograph("right", structures=structures()),
            photograph("left", structures=structures(avr=None, avr_reason=reason)))  # fmt: skip
    found = check(diagnostic_report(person(*eyes, model=replace(MODEL, segmenter=SEGMENTER))))
    light, segmenter = found["Device"]
    assert (light["deviceName"][0]["name"], segmenter["deviceName"][0]["name"]) == ("tiny", "drawn")
    seen = [one for one in found["Observation"] if one["method"]["text"] == "segmenter drawn"]
    assert len(seen) == 8 and len(found["Observation"]) == len(found["DiagnosticReport"][0]["result"]) == 14
    haemorrhages, exudates, disc, ratio = seen[:4]
    assert [code["code"] for code in haemorrhages["code"]["coding"]] == ["246206008", "haemorrhages"]
    assert (haemorrhages["code"]["text"], haemorrhages["valueInteger"]) == ("Number of haemorrhages", 2)
    assert exudates["code"]["coding"][1]["code"] == "soft-exudates" and exudates["valueInteger"] == 0
    assert disc["valueBoolean"] is True and "note" not in disc
    assert ratio["valueQuantity"]["value"] == 0.68 and "mixed up" in ratio["note"][0]["text"]
    assert seen[7]["dataAbsentReason"] == {"text": reason} and "valueQuantity" not in seen[7]
    assert seen[4]["bodySite"]["coding"][0]["display"] == "Left eye structure"


def test_a_refused_file_has_its_reason_and_no_finding() -> None:
    found = check(diagnostic_report(person(refused(""))))
    (observation,) = found["Observation"]
    assert observation["valueCodeableConcept"]["coding"][0]["code"] == "take-again"
    assert "Raise the flash." in observation["note"][0]["text"]
    assert found["Media"][0]["content"] == {"title": "some.jpg"}
    assert len(found["DiagnosticReport"][0]["media"]) == 1
    assert "subject" not in found["DiagnosticReport"][0] and "ImagingStudy" not in found


def test_equal_results_have_equal_numbers_and_other_people_others() -> None:
    first = diagnostic_report(person(patient=PATIENT))
    assert first == diagnostic_report(person(patient=PATIENT))
    other = diagnostic_report(person(patient=PatientFacts(identifier="4712")))
    shared = {entry["fullUrl"] for entry in first["entry"]} & {entry["fullUrl"] for entry in other["entry"]}
    assert len(shared) == 1  # the model
    both = bundle_of([person(patient=PATIENT), person(patient=PatientFacts(identifier="4712"))])
    assert len(check(both)["Device"]) == 1 and len(check(both)["DiagnosticReport"]) == 2


@pytest.mark.parametrize("refer", ["", "not_fundus"])
def test_every_decision_has_a_value_or_a_reason(refer: str) -> None:
    (observation, *_) = check(diagnostic_report(person(photograph("left", refer))))["Observation"]
    assert ("valueCodeableConcept" in observation) == bool(refer)
    assert ("dataAbsentReason" in observation) != bool(refer)


def test_what_nobody_judged_is_not_coded_as_no_fundus() -> None:
    (report,) = check(diagnostic_report(person(photograph("left", ""))))["DiagnosticReport"]
    assert report["conclusionCode"] == [{"text": "Not judged: left eye; no photograph of the right eye"}]
    (report,) = check(diagnostic_report(person(photograph("left", "not_fundus"))))["DiagnosticReport"]
    assert report["conclusionCode"][0]["coding"][0]["code"] == "not-fundus"
