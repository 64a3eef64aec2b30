"""`predict --pdf --fhir`: a report per person, beside the table or without one."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.screening.documents.test_fhir import check
from tests.screening.documents.test_pdf import text_of

import fundusfm
from fundusfm.errors import ConfigError, RunFolderError


@pytest.fixture
def patients(photographs: list[Path], tmp_path: Path) -> Path:
    """A manifest of two patients, the first with both eyes."""
    table = tmp_path / "m.csv"
    rows = [("a/1", "right"), ("a/1", "left"), ("2", "left")]
    pd.DataFrame(
        [(str(path), patient, eye) for path, (patient, eye) in zip(photographs, rows, strict=False)],
        columns=["image", "patient", "eye"],
    ).to_csv(table, index=False)
    return table


def test_a_report_per_patient(patients: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pdf, fhir = tmp_path / "pdf", tmp_path / "fhir"
    fundusfm.predict(paths=[str(patients)], weights="light", pdf=str(pdf), fhir=str(fhir), patient_system="urn:oid:1.9")
    names = sorted(path.stem for path in pdf.iterdir())
    assert len(names) == 2 and names[0] == "2" and names == sorted(path.stem for path in fhir.iterdir())
    said = text_of((pdf / f"{names[1]}.pdf").read_bytes())
    assert "Patient a/1" in said and "Right eye" in said and "No photograph" not in said
    found = check(json.loads((fhir / "2.json").read_text(encoding="utf-8")))
    assert found["DiagnosticReport"][0]["subject"]["identifier"] == {"value": "2", "system": "urn:oid:1.9"}
    assert found["DiagnosticReport"][0]["presentedForm"][0]["contentType"] == "application/pdf"
    assert "wrote reports on 2 people" in capsys.readouterr().err
    with pytest.raises(RunFolderError, match="not empty"):
        fundusfm.predict(paths=[str(patients)], weights="light", pdf=str(pdf))


def test_one_file_under_two_people_is_said(
    photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Jones_L.png", "Brown_L.png"):
        shutil.copy(photographs[0], tmp_path / name)
    folder = tmp_path / "pdf"
    fundusfm.predict(paths=[str(tmp_path / name) for name in ("Jones_L.png", "Brown_L.png")], weights="light",
                     pdf=str(folder))  # fmt: skip
    said = "at most one is right: Jones_L.png, Brown_L.png."
    pages = [text_of(path.read_bytes()) for path in sorted(folder.iterdir())]
    assert sorted(path.name for path in folder.iterdir()) == ["Brown.pdf", "Jones.pdf"]
    assert len(pages) == 2 and all(said in page for page in pages)
    assert len({page.split("Report ")[-1][:36] for page in pages}) == 2
    assert "at most one is right" in capsys.readouterr().err


def test_resume_writes_what_is_missing(patients: Path, tmp_path: Path) -> None:
    table, folder = tmp_path / "t.csv", tmp_path / "f"
    fundusfm.predict(paths=[str(patients)], weights="light", out=str(table), fhir=str(folder))
    (folder / "2.json").unlink()
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    fundusfm.predict(paths=[str(patients)], weights="light", out=str(table), fhir=str(folder), resume=True)
    assert len(list(folder.iterdir())) == 2
    assert all((folder / name).read_bytes() == content for name, content in kept.items())


def test_options_without_their_report_are_refused(photographs: list[Path]) -> None:
    with pytest.raises(ConfigError, match="add --pdf FOLDER"):
        fundusfm.predict(paths=[str(photographs[0])], paper="Letter")
    with pytest.raises(ConfigError, match="add --fhir FOLDER"):
        fundusfm.predict(paths=[str(photographs[0])], patient_system="urn:oid:1.9")


def test_the_report_on_a_lone_photograph_has_its_name(photographs: list[Path], tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("some.png", "some.PNG.png", "visit.2", "more/some.png")]
    (tmp_path / "more").mkdir()
    for path in paths:
        shutil.copy(photographs[0], path)
    folder = tmp_path / "fhir"
    fundusfm.predict(paths=[str(path) for path in paths], weights="light", fhir=str(folder))
    assert sorted(path.name for path in folder.iterdir()) == [
        "some (2).json", "some.PNG.json", "some.json", "visit.2.json",
    ]  # fmt: skip
