"""PAPILA in miniature, with the three header lines of its tables."""

from pathlib import Path

import pandas as pd
import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.errors import SourceError


def _table(path: Path, patients: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        [None, "Age", "Gender", "Diagnosis", "Refractive_Defect", None],
        [None, "Age", "Gender", "Diagnosis", "dioptre_1", "dioptre_2"],
        ["ID"],
        *([*patient, 0.75, -1.75] for patient in patients),
    ]
    pd.DataFrame(lines).to_excel(path, index=False, header=False)


def _miniature(root: Path) -> Path:
    unpacked = root / "PapilaDB-PAPILA-17f8fa77"
    _table(unpacked / "ClinicalData" / "patient_data_od.xlsx", [["#002", 47, 0, 2], ["#004", 58, 1, 1]])
    _table(unpacked / "ClinicalData" / "patient_data_os.xlsx", [["#002", 47, 0, 0], ["#004", 58, 1, None]])
    names = [f"RET{number}{eye}.jpg" for number in ("002", "004") for eye in ("OD", "OS")]
    pictures(unpacked / "FundusImages", names)
    return root


def test_eyes_of_one_patient(tmp_path: Path) -> None:
    frame = imported("papila", _miniature(tmp_path / "papila"), tmp_path / "manifest.csv")
    columns = ["patient", "eye", "age", "sex", "class", "diagnosis", "glaucoma", "abnormal"]
    assert frame.loc["RET002OD.jpg", columns].tolist() == ["002", "right", "47", "male", "suspicious", "2", "", ""]
    assert frame.loc["RET002OS.jpg", columns].tolist() == ["002", "left", "47", "male", "healthy", "0", "0", "0"]
    assert frame.loc["RET004OD.jpg", columns].tolist() == ["004", "right", "58", "female", "glaucoma", "1", "1", "1"]
    assert frame.loc["RET004OS.jpg", ["class", "diagnosis", "glaucoma"]].tolist() == ["", "", ""]


def test_a_table_without_patients_is_named(tmp_path: Path) -> None:
    root = _miniature(tmp_path / "papila")
    _table(root / "PapilaDB-PAPILA-17f8fa77" / "ClinicalData" / "patient_data_os.xlsx", [])
    with pytest.raises(SourceError, match=r"patient_data_os\.xlsx has no patient"):
        imported("papila", root, tmp_path / "manifest.csv")


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    pictures(tmp_path / "FundusImages", ["RET002OD.jpg"])
    with pytest.raises(SourceError, match=r"no file `ClinicalData/patient_data_od\.xlsx`"):
        imported("papila", tmp_path, tmp_path / "manifest.csv")
