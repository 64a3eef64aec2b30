"""`fundusfm dicom report` end to end: instances and rows, resumed, bad files too, and nothing of the patient logged."""

import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydicom import dcmread
from tests.dicom_files import PATIENT_ID, PATIENT_NAME, SECONDARY_CAPTURE, SYNTAXES, dicom_bytes, dicom_dataset

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError, LabelError, MissingExtraError
from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.card.schema import Card


@pytest.fixture(scope="module")
def folder(photo: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three images without suffixes, one of two frames, and a structured report."""
    path = tmp_path_factory.mktemp("export")
    (path / "IM0").write_bytes(dicom_bytes(dicom_dataset(photo, entropy="0"), SYNTAXES["jpeg"]))
    grey = (photo[..., 1].astype(np.uint16) * 257).astype(np.uint16)
    (path / "IM1").write_bytes(dicom_bytes(dicom_dataset(grey, bits=16, entropy="1"), SYNTAXES["rle"]))
    (path / "IM2").write_bytes(
        dicom_bytes(
            dicom_dataset(
                np.stack([photo, photo]),
                entropy="2",
                NumberOfFrames=2,
                sop_class=SECONDARY_CAPTURE,
                ImageLaterality="L",
            )
        )
    )
    other = dicom_dataset(photo, entropy="3", Rows=None, sop_class="1.2.840.10008.5.1.4.1.1.88.33")
    del other.PixelData
    (path / "SR0").write_bytes(dicom_bytes(other))
    (path / "notes.txt").write_text("no DICOM")
    return path


def test_folder_becomes_reports_and_rows(
    folder: Path, weights: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["dicom", "report", "--images", str(folder), "--weights", weights, "--out", str(out)]
    assert main(arguments) == 0
    table = pd.read_csv(out / "results.csv", keep_default_na=False)
    assert table.columns[:6].tolist() == ["image", "frame", "refer", "why", "uncertain", "status"]
    assert table["eye"].tolist() == ["right", "right", "left", "left"]
    assert table["frame"].tolist() == [1, 1, 1, 2]
    files = {path.stem: dcmread(path) for path in (out / "instances").iterdir()}
    documents = {uid: file for uid, file in files.items() if file.Modality == "DOC"}
    assert (set(table["report"]) | set(table["overlay"])) - {""} == set(files) - set(documents)
    assert {file.StudyInstanceUID for file in documents.values()} == set(table["study"])
    assert all(file.EncapsulatedDocument.startswith(b"%PDF") for file in documents.values())
    assert table["status"].tolist() == ["ok", "not_fundus", "ok", "ok"]
    assert "no colour" in table["reason"][1]
    scored = table[table["status"] == "ok"]
    scored_report = files[table["report"][0]]
    assert len(files) == 2 + 1 + 3 + 3
    refused = files[table["report"][1]]
    assert (refused.SOPClassUID, refused.StudyInstanceUID) == (scored_report.SOPClassUID, table["study"][1])
    assert b"No colour" in (out / "instances" / f"{table['report'][1]}.dcm").read_bytes()
    for row in scored.itertuples():
        assert files[row.report].StudyInstanceUID == files[row.overlay].StudyInstanceUID == row.study
    logged = "".join(capfd.readouterr()) + "".join(
        (out / name).read_text() for name in ("log.txt", "config.yaml", "environment.json", "metrics.json")
    )
    assert "PDFs of 3 of 3 studies" in logged
    assert "2 files were left out: 1 DICOM without an image, 1 no image (.txt)" in logged
    assert not [secret for secret in (PATIENT_ID, *PATIENT_NAME.split("^")) if secret in logged]

    written = {path: path.stat().st_mtime_ns for path in (out / "instances").iterdir()}
    assert main([*arguments, "--resume"]) == 0
    assert {path: path.stat().st_mtime_ns for path in (out / "instances").iterdir()} == written
    pd.testing.assert_frame_equal(pd.read_csv(out / "results.csv", keep_default_na=False), table)


def test_bad_files_are_rows(folder: Path, weights: str, tmp_path: Path) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes((folder / "IM0").read_bytes()[:-800])
    images = [str(cut), str(folder / "notes.txt"), str(tmp_path / "gone.dcm"), str(folder / "IM0")]
    fundusfm.dicom_report(
        paths=images, weights=weights, out=str(tmp_path / "out"), overlays=False, pdf=False, label="dr"
    )
    table = pd.read_csv(tmp_path / "out" / "results.csv", keep_default_na=False)
    assert set(table["code_version"]) == {version("fundusfm")}
    assert table["status"].tolist() == ["failed", "failed", "failed", "ok"]
    assert table["image"].tolist() == images
    for reason, words in zip(table["reason"], ("truncated", "not a DICOM file", "does not exist"), strict=False):
        assert words in reason
    assert len(list((tmp_path / "out" / "instances").iterdir())) == 1


def test_only_pdfs_that_exist_are_counted(
    folder: Path, weights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr("fundusfm.screening.dicom.instance.structured_report", refused)
    out = tmp_path / "out"
    fundusfm.dicom_report(paths=[str(folder / "IM0")], weights=weights, out=str(out), label="dr")
    assert not list((out / "instances").iterdir())
    said = "".join(capfd.readouterr())
    assert "0 of 1 frames scored" in said and "PDFs of 0 of 1 studies" in said and "pdf: 1/1" not in said


def test_wrong_options_are_refused(folder: Path, weights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = {"images": [str(folder)], "weights": weights, "out": str(tmp_path / "out")}
    with pytest.raises(LabelError, match="it has: abnormal, dr"):
        fundusfm.dicom_report(**arguments, label="cat")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="have: screening, youden"):
        fundusfm.dicom_report(**arguments, operating_point="best")  # type: ignore[arg-type]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no image file"):
        fundusfm.dicom_report(**arguments | {"images": [str(tmp_path / "empty")]})  # type: ignore[arg-type]
    monkeypatch.setattr("fundusfm.extras.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"fundusfm\[dicom\]"):
        fundusfm.dicom_report(**arguments)  # type: ignore[arg-type]


def test_eyes_of_a_study_are_scored_together(photo: np.ndarray, weights: str, tmp_path: Path) -> None:
    folder, paired = tmp_path / "export", tmp_path / "paired"
    folder.mkdir()
    for name, eye, image in (("IM0", "R", photo), ("IM1", "L", photo[:, ::-1])):
        content = dicom_bytes(dicom_dataset(image, entropy=name, ImageLaterality=eye, StudyInstanceUID="1.2.3"))
        (folder / name).write_bytes(content)
    shutil.copytree(weights, paired)
    card = Card.read(paired / "card.json")
    term = FellowWeights(own=1.0, fellow=1.0, bias=0.0, temperature=1.0, shift=0.0)
    card.model_copy(update={"both_eyes": BothEyes(weights={"abnormal": term}, eyes=10)}).write(paired / "card.json")
    one, both = (
        fundusfm.dicom_report(
            paths=[str(folder)], weights=str(bundle), out=str(tmp_path / f"out{place}"), overlays=False, pdf=False
        )
        for place, bundle in enumerate((weights, paired))
    )
    own = np.log(one["abnormal.score"].astype(float) / (1 - one["abnormal.score"].astype(float)))
    joined = 1 / (1 + np.exp(-own.sum()))
    assert np.allclose(both["abnormal.score"].astype(float), joined, atol=1e-4)
    assert np.allclose(both["dr.score"].astype(float), one["dr.score"].astype(float))
    assert both["fellow"].tolist() == both["image"].tolist()[::-1] and "fellow" not in one
