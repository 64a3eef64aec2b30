"""A manifest of an export, which the other commands read."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.data.dicom.test_laterality import groups
from tests.dicom_files import PATIENT_ID, SYNTAXES, dicom_bytes, dicom_dataset

import fundusfm
from fundusfm.data.inputs.find import find_sources
from fundusfm.data.synthetic.photograph import generate
from fundusfm.errors import ConfigError


def test_manifest_is_filled_and_usable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for number, syntax in enumerate(("jpeg", "jpeg-2000", "rle")):
        photo = generate(number, seed=4, size=96).image
        dataset = dicom_dataset(photo, entropy=str(number), ImageLaterality="RL"[number % 2])
        (folder / f"IM{number}").write_bytes(dicom_bytes(dataset, SYNTAXES[syntax]))
    report = dicom_dataset(np.zeros((8, 8), np.uint8))
    del report.PixelData
    (folder / "SR").write_bytes(dicom_bytes(report))
    (folder / "cut").write_bytes((folder / "IM1").read_bytes()[:-700])
    manifest = fundusfm.dicom_list(paths=[str(folder)], out=str(tmp_path / "photographs.csv"))
    assert manifest.attrs["left_out"] == 1
    printed = capsys.readouterr().err
    assert "truncated" in printed
    assert PATIENT_ID not in printed
    table = pd.read_csv(tmp_path / "photographs.csv")
    assert table["image"].tolist() == ["export/IM0", "export/IM1", "export/IM2"]
    assert table["eye"].tolist() == ["right", "left", "right"]
    assert set(table["patient"]) == {PATIENT_ID}
    assert table["eye_doubt"].isna().all()
    fundusfm.prepare(manifest=str(tmp_path / "photographs.csv"), size=64, out=str(tmp_path / "store"), workers=1)
    assert not (tmp_path / "store" / "rejected.csv").exists() or pd.read_csv(tmp_path / "store" / "rejected.csv").empty


def test_frames_and_contradictions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = generate(1, seed=4, size=96).image
    pair = dicom_dataset(
        np.stack([photo, photo[::-1]]),
        NumberOfFrames=2,
        ImageLaterality=None,
        PerFrameFunctionalGroupsSequence=groups("R", "L"),
    )
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "pair").write_bytes(dicom_bytes(pair))
    (folder / "single_left").write_bytes(dicom_bytes(dicom_dataset(generate(2, seed=4, size=96).image)))
    manifest = tmp_path / "m.csv"
    fundusfm.dicom_list(paths=[str(folder)], out=str(manifest))
    table = pd.read_csv(manifest, keep_default_na=False)
    assert table["image"].tolist() == ["export/pair", "export/pair#2", "export/single_left"]
    assert table["eye"].tolist() == ["right", "left", ""]
    doubt = "Image Laterality says right, the file's name says left; no eye is taken"
    assert table["eye_doubt"].tolist() == ["", "", doubt]
    report = fundusfm.check(manifest=str(manifest))
    assert [(fault.kind, fault.rows) for fault in report.warnings if "eye" in fault.kind] == [("eye_in_doubt", (4,))]
    fundusfm.prepare(manifest=str(manifest), size=32, out=str(tmp_path / "store"))
    assert capsys.readouterr().err.count(f"export/single_left ({doubt})") == 2
    sources = find_sources([manifest])
    assert [(source.name, source.frame, source.doubt) for source in sources] == [
        ("export/pair", 1, ""), ("export/pair#2", 2, ""), ("export/single_left", 0, doubt)
    ]  # fmt: skip


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder: give a file, such as"):
        fundusfm.dicom_list(paths=[str(tmp_path)], out=str(tmp_path))


@pytest.mark.parametrize(
    "command", [["list", "--out", "a.csv"], ["deidentify", "--out", "shared", "--salt-file", "salt"]]
)
def test_values_in_wrong_places_are_not_printed(command: list[str], tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dicom_dataset(
            np.zeros((64, 64), np.uint8),
            PatientBirthDate="Quillfeather",
            StudyTime="Quillfeather",
            PatientSex="Quillfeather",
            ImageLaterality="Quillfeather",
            BitsStored=8,
        )
        (tmp_path / "a.dcm").write_bytes(dicom_bytes(dataset))
    result = subprocess.run(
        [sys.executable, "-m", "fundusfm", "dicom", *command, "--images", "a.dcm"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "uillfeather" not in result.stdout + result.stderr
    assert PATIENT_ID not in result.stdout + result.stderr
