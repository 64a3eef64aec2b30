"""PDF and FHIR from the rows of a request: the same decision as in the HTML report, for the people who are stated."""

import json
from typing import Any

import numpy as np
import pytest
from tests.screening.documents.people import SCREENED
from tests.screening.documents.test_fhir import check
from tests.screening.documents.test_pdf import text_of
from tests.server.test_people import row
from tests.server.test_report_page import finding

from fundusfm.screening.documents.views import View
from fundusfm.server.documents import FHIR, HTML, PDF, Stated, document, person_results, preferred
from fundusfm.server.problems import BadUploadError, NotAcceptableError
from fundusfm.server.report_page import ScreenedPhotograph
from fundusfm.server.service import Service


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", HTML),
        ("*/*", HTML),
        ("application/pdf", PDF),
        ("text/html, application/pdf;q=0.5", HTML),
        ("application/fhir+json;charset=utf-8, */*;q=0.1", FHIR),
        ("text/html;q=0.1, application/pdf;q=0.9", PDF),
        ("application/*", PDF),
        ("text/html;q=0, */*", PDF),
    ],
)
def test_accept(accept: str, kind: str) -> None:
    assert preferred(accept) == kind


@pytest.mark.parametrize("accept", ["image/tiff", "application/pdf;q=0", "text/html;q=x"])
def test_no_form_that_is_accepted(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="A report is one of text/html, application/pdf, "):
        preferred(accept)


def screened() -> list[ScreenedPhotograph]:
    findings = [finding("abnormal", "Any abnormality", 0.25), finding("glaucoma", "Glaucoma", 0.912)]
    view = View(np.full((32, 32, 3), 90, np.uint8), circle=True)
    found = row("a.jpg", "yes", labels=["glaucoma"], verdict="Refer: signs of glaucoma", findings=findings)
    lost = row("b.jpg", "", status="failed", verdict="Copy the file again: the file cannot be read", quality=None)
    return [ScreenedPhotograph(found, view, {"glaucoma": np.eye(32, dtype=np.float32)}), ScreenedPhotograph(lost)]


def made(kind: str, service: Service, **stated: Any) -> bytes:
    return document(kind, screened(), service, "youden", stated=Stated(**stated), paper="A4", now=SCREENED)


def test_people_of_a_request(service: Service) -> None:
    said = text_of(made(PDF, service))
    for words in (
        "a.jpg",
        "b.jpg",
        "Refer",
        "signs of glaucoma",
        "Copy the file again",
        "0.912",
        "each label at its best balance",
    ):
        assert words in said, words
    assert len(check(json.loads(made(FHIR, service)))["DiagnosticReport"]) == 2


def test_what_is_stated_makes_one_person(service: Service) -> None:
    stated = {"patient": "4711", "name": "Zoë Müller", "eyes": {"a.jpg": "left", "b.jpg": "right"}}
    said = text_of(made(PDF, service, **stated))
    assert "Zoë Müller" in said and "Refer: left eye; copy the file again: right eye" in said
    (report,) = check(json.loads(made(FHIR, service, **stated)))["DiagnosticReport"]
    assert report["subject"]["identifier"]["value"] == "4711"
    assert report["presentedForm"][0]["contentType"] == "application/pdf"


def test_another_patient_in_a_header_is_named(service: Service) -> None:
    one = [ScreenedPhotograph(row(f"{name}.dcm", verdict="No sign found"), patient=patient)
           for name, patient in (("a", "4712"), ("b", "4711"))]  # fmt: skip
    for stated, named in (("4711", "a.dcm is not"), ("4712", "b.dcm is not"), ("", "a.dcm, b.dcm is not the same")):
        (person,) = person_results(one, service, "youden", stated=Stated(patient=stated, name="A"), now=SCREENED)
        assert len(person.remarks) == 1 and named in person.remarks[0] and "471" not in person.remarks[0]
    (same,) = person_results(one[1:], service, "youden", stated=Stated(patient="4711"), now=SCREENED)
    assert not same.remarks
    report = json.loads(document(FHIR, one, service, "youden", stated=Stated(patient="4711"), paper="A4", now=SCREENED,
                                 pdf=False))  # fmt: skip
    (found,) = check(report)["DiagnosticReport"]
    assert "a.dcm is not the one" in found["conclusion"] and "presentedForm" not in found


def test_fields_are_read() -> None:
    assert Stated.of({"person": " A \n B ", "eyes": '{"a.jpg": "left"}'}) == Stated("A B", eyes={"a.jpg": "left"})
    for fields, wrong in (({"eyes": "left"}, "is not like"), ({"eyes": '{"a": 1}'}, "is not like"),
                          ({"patients": "1"}, "no field 'patients'"), ({"name": "x" * 300}, "longer")):  # fmt: skip
        with pytest.raises(BadUploadError, match=wrong):
            Stated.of(fields)
