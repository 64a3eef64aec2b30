"""`POST /v1/report`: one file."""

from pathlib import Path

from starlette.testclient import TestClient
from tests.screening.documents.test_fhir import check
from tests.screening.documents.test_pdf import text_of
from tests.server.conftest import form, uploads


def test_report_is_one_file(client: TestClient, photographs: list[Path], cat: bytes) -> None:
    answer = client.post("/v1/report", files=[*uploads(photographs[:1]), *form(("<b>.png", cat))])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert photographs[0].name in answer.text
    assert "&lt;b&gt;.png" in answer.text and "<b>.png" not in answer.text
    assert "Not a fundus photograph" in answer.text
    assert "<script" not in answer.text


def test_accept_chooses_pdf_or_fhir(client: TestClient, photographs: list[Path]) -> None:
    stated = {"patient": "4711", "eyes": f'{{"{photographs[0].name}": "left"}}'}
    options = {"files": uploads(photographs[:1]), "data": stated}
    pdf = client.post("/v1/report?paper=Letter", headers={"Accept": "application/pdf"}, **options)
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert pdf.headers["content-disposition"].endswith('fundusfm-report.pdf"')
    said = text_of(pdf.content)
    assert "4711" in said and "Left eye" in said and photographs[0].name in said
    fhir = client.post("/v1/report", headers={"Accept": "application/fhir+json"}, **options)
    assert fhir.headers["content-type"].startswith("application/fhir+json")
    found = check(fhir.json())
    assert found["Observation"][0]["bodySite"]["coding"][0]["display"] == "Left eye structure"


def test_no_other_form(client: TestClient, photographs: list[Path]) -> None:
    answer = client.post("/v1/report", headers={"Accept": "image/tiff"}, files=uploads(photographs[:1]))
    assert answer.status_code == 406 and "application/pdf" in answer.text


def test_wrong_fields_are_refused(client: TestClient, photographs: list[Path]) -> None:
    answer = client.post("/v1/report", files=uploads(photographs[:1]), data={"eyes": "left"})
    assert answer.status_code == 422 and "eyes" in answer.json()["error"]
