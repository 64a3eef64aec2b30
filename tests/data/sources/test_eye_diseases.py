"""The four-class set in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    pictures(root / "dataset" / "cataract", ["1084_right.jpg", "_0_4015166.jpg"])
    pictures(root / "dataset" / "diabetic_retinopathy", ["1084_right.jpeg"])
    pictures(root / "dataset" / "glaucoma", ["1209_left.jpg"])
    pictures(root / "dataset" / "normal", ["2332_left.jpg", "2332_right.jpg"])
    return root


def test_classes_and_harmonised_labels(tmp_path: Path) -> None:
    frame = imported("eye_diseases", _miniature(tmp_path / "archive"), tmp_path / "manifest.csv")
    columns = ["class", "abnormal", "dr", "glaucoma", "cataract"]
    assert frame.loc["1084_right.jpg", columns].tolist() == ["cataract", "1", "", "", "1"]
    assert frame.loc["1084_right.jpeg", columns].tolist() == ["diabetic retinopathy", "1", "1", "", ""]
    assert frame.loc["1209_left.jpg", columns].tolist() == ["glaucoma", "1", "", "1", ""]
    assert frame.loc["2332_left.jpg", columns].tolist() == ["normal", "0", "0", "0", "0"]


def test_patients_and_generated_files(tmp_path: Path) -> None:
    frame = imported("eye_diseases", _miniature(tmp_path / "archive"), tmp_path / "manifest.csv")
    columns = ["patient", "eye", "generated"]
    assert frame.loc["1084_right.jpg", columns].tolist() == ["jpg-1084", "right", "0"]
    assert frame.loc["1084_right.jpeg", columns].tolist() == ["jpeg-1084", "right", "0"]
    assert frame.loc["_0_4015166.jpg", columns].tolist() == ["", "", "1"]
    assert frame.loc["2332_left.jpg", "patient"] == frame.loc["2332_right.jpg", "patient"]


def test_a_missing_class_is_named(tmp_path: Path) -> None:
    pictures(tmp_path / "cataract", ["1_left.jpg"])
    with pytest.raises(SourceError, match="no folder `diabetic_retinopathy`"):
        imported("eye_diseases", tmp_path, tmp_path / "manifest.csv")
