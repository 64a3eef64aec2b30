"""Codes of a FHIR report: SNOMED CT, LOINC and DICOM where they have the term, otherwise our own code system."""

from typing import Any

from fundusfm.models.segmentation.structures import WORDS
from fundusfm.screening.dicom.codes import finding_code
from fundusfm.screening.documents.results import LabelResult

Json = dict[str, Any]

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
OWN = "urn:fundusfm:codes"
"""Terms that no public code system has; docs/reports.md lists them."""

_SYSTEMS = {"SCT": SNOMED}
_EYES = {"right": ("18944008", "Right eye structure"), "left": ("8966001", "Left eye structure")}


def concept(system: str, code: str, display: str) -> Json:
    """Returns a CodeableConcept of one coding."""
    return {"coding": [coding(system, code, display)]}


def coding(system: str, code: str, display: str) -> Json:
    """Returns a Coding."""
    return {"system": system, "code": code, "display": display}


def own(code: str, display: str) -> Json:
    """Returns a CodeableConcept of our own code system."""
    return concept(OWN, code, display)


def report_code() -> Json:
    """Returns what kind of report it is: LOINC's imaging study, SNOMED's fundus photography."""
    return {
        "coding": [
            coding(LOINC, "18748-4", "Diagnostic imaging study"),
            coding(SNOMED, "20067007", "Ocular fundus photography (procedure)"),
        ],
        "text": "Screening of colour fundus photographs",
    }


def eye_site(eye: str) -> Json:
    """Returns the site: the right or left eye, or the retina of an eye that is not stated."""
    code, display = _EYES.get(eye, ("5665001", "Retinal structure"))
    return concept(SNOMED, code, display)


def label_code(label: LabelResult) -> Json:
    """Returns the finding that a label stands for, with its name in words."""
    code, scheme, display = finding_code(label.label, label.number, label.definition)
    return {**concept(_SYSTEMS.get(scheme, OWN), code, display), "text": label.name}


def lesions_code(lesion: str) -> Json:
    """Returns what the number of lesions of a kind is called: SNOMED's number of lesions, and the kind in our own."""
    name = f"Number of {WORDS[lesion]}"
    codes = [coding(SNOMED, "246206008", "Number of lesions"), coding(OWN, lesion.replace("_", "-"), name)]
    return {"coding": codes, "text": name}


def positive(value: bool) -> Json:
    """Returns whether a finding was found."""
    return concept(SNOMED, "10828004", "Positive") if value else concept(SNOMED, "260385009", "Negative")


def quality_code() -> Json:
    """Returns what the quality of a photograph is called."""
    return concept(DICOM, "111029", "Image Quality Rating")


def probability_code() -> Json:
    """Returns what a calibrated probability is called."""
    return concept(DICOM, "122157", "Probability")
