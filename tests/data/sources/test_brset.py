"""BRSET in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

_COLUMNS = [
    *("image_id", "patient_id", "camera", "patient_age", "comorbidities", "diabetes_time_y", "insuline"),
    *("patient_sex", "exam_eye", "diabetes", "nationality", "optic_disc", "vessels", "macula", "DR_SDRG", "DR_ICDR"),
    *("focus", "Illuminaton", "image_field", "artifacts", "diabetic_retinopathy", "macular_edema", "scar", "nevus"),
    *("amd", "vascular_occlusion", "hypertensive_retinopathy", "drusens", "hemorrhage", "retinal_detachment"),
    *("myopic_fundus", "increased_cup_disc", "other", "quality"),
]


def _row(image: str, patient: int, eye: int, **labels: object) -> list[object]:
    row: dict[str, object] = dict.fromkeys(_COLUMNS, 0) | {"optic_disc": 1, "vessels": 1, "macula": 1}
    row |= {"focus": 1, "Illuminaton": 1, "image_field": 1, "artifacts": 1, "quality": "Adequate", "camera": "Canon CR"}
    row |= {"image_id": image, "patient_id": patient, "exam_eye": eye, "patient_age": "48.0", "patient_sex": 2}
    return list((row | labels).values())


def _miniature(root: Path) -> Path:
    rows = [
        _row("img00001", 1, 1),
        _row("img00002", 1, 2, DR_ICDR=3, DR_SDRG=3, diabetic_retinopathy=1, patient_age="NA", vessels=2),
        _row("img00003", 2, 1, drusens=1, patient_sex=1, quality="Inadequate", focus=2),
        _row("img00004", 3, 1, amd="NA", DR_ICDR=1),
    ]
    table(root / "labels_brset.csv", _COLUMNS, rows)
    pictures(root / "fundus_photos", [f"img0000{number}.jpg" for number in range(1, 5)])
    return root


def test_people_eyes_and_findings(tmp_path: Path) -> None:
    frame = imported("brset", _miniature(tmp_path / "brset"), tmp_path / "manifest.csv")
    known = ["patient", "eye", "age", "sex", "quality", "camera"]
    assert frame.loc["img00001.jpg", known].tolist() == ["1", "right", "48", "female", "Adequate", "Canon CR"]
    assert frame.loc["img00002.jpg", ["patient", "eye", "age"]].tolist() == ["1", "left", ""]
    assert frame.loc["img00003.jpg", ["sex", "quality", "quality_focus"]].tolist() == ["male", "Inadequate", "2"]
    assert frame.loc["img00002.jpg", ["DR_ICDR", "anatomy_vessels", "quality_illumination"]].tolist() == ["3", "2", "1"]
    assert frame.loc["img00003.jpg", "drusen"] == "1"
    assert "vessels" not in frame


def test_harmonised_labels(tmp_path: Path) -> None:
    frame = imported("brset", _miniature(tmp_path / "brset"), tmp_path / "manifest.csv")
    harmonised = ["abnormal", "dr", "referable_dr", "amd", "hypertensive"]
    assert frame.loc["img00001.jpg", harmonised].tolist() == ["0", "0", "0", "0", "0"]
    assert frame.loc["img00002.jpg", harmonised].tolist() == ["1", "1", "1", "0", "0"]
    assert frame.loc["img00003.jpg", harmonised].tolist() == ["1", "0", "0", "0", "0"]
    # Graded 1 but not flagged, and one finding unknown.
    assert frame.loc["img00004.jpg", harmonised].tolist() == ["1", "1", "0", "", "0"]


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("labels.csv", {"Illuminaton": "iluminaton"}),
        ("labels_brset.csv", {"Illuminaton": "illumination", "drusens": "drusen", "insuline": "insulin"}),
    ],
)
def test_other_versions(tmp_path: Path, name: str, spelling: dict[str, str]) -> None:
    columns = [spelling.get(column, column) for column in _COLUMNS]
    table(tmp_path / "brset" / name, columns, [_row("img00001", 1, 1, drusens=1)])
    pictures(tmp_path / "brset" / "fundus_photos", ["img00001.jpg"])
    frame = imported("brset", tmp_path / "brset", tmp_path / "manifest.csv")
    assert frame.loc["img00001.jpg", ["drusen", "quality_illumination"]].tolist() == ["1", "1"]


def test_another_table_is_refused(tmp_path: Path) -> None:
    table(tmp_path / "labels.csv", ["image_id", "patient_id"], [["img00001", 1]])
    with pytest.raises(SourceError, match="no column `camera` or `patient_age`"):
        imported("brset", tmp_path, tmp_path / "manifest.csv")
