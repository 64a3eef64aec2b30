"""ADAM in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures

from fundusfm.errors import SourceError


def _miniature(root: Path) -> Path:
    pictures(root / "Train" / "Training-image-400" / "AMD", ["A0001.jpg"])
    pictures(root / "Train" / "Training-image-400" / "Non-AMD", ["N0001.jpg"])
    pictures(root / "Validation" / "image", ["V0001.jpg", "V0002.jpg", "V0003.jpg"])
    (root / "Validation" / "validation_classification_GT.txt").write_text("V0001.jpg 1\nV0002.jpg 0\n")
    pictures(root / "Test" / "Test-image-400", ["T0001.jpg"])
    (root / "Test" / "test_classification_GT.txt").write_text("T0001.jpg  1\n")
    return root


def test_labels_of_all_parts(tmp_path: Path) -> None:
    frame = imported("adam", _miniature(tmp_path / "ADAM"), tmp_path / "manifest.csv")
    columns = ["part", "class", "amd_label", "amd", "abnormal"]
    disease = "age-related macular degeneration"
    assert frame.loc["A0001.jpg", columns].tolist() == ["training", disease, "1", "1", "1"]
    assert frame.loc["N0001.jpg", columns].tolist() == ["training", f"no {disease}", "0", "0", ""]
    assert frame.loc["V0002.jpg", columns].tolist() == ["validation", f"no {disease}", "0", "0", ""]
    assert frame.loc["V0003.jpg", columns].tolist() == ["validation", "", "", "", ""]
    assert frame.loc["T0001.jpg", columns].tolist() == ["test", disease, "1", "1", "1"]


def test_the_first_copy_has_a_training_part_only(tmp_path: Path) -> None:
    pictures(tmp_path / "iChallenge" / "Training400" / "AMD", ["A0001.jpg"])
    pictures(tmp_path / "iChallenge" / "Training400" / "Non-AMD", ["N0001.jpg", "N0002.jpg"])
    frame = imported("adam", tmp_path / "iChallenge", tmp_path / "manifest.csv")
    assert frame["amd"].tolist() == ["1", "0", "0"]


def test_the_training_part_is_needed(tmp_path: Path) -> None:
    pictures(tmp_path / "Validation" / "image", ["V0001.jpg"])
    with pytest.raises(SourceError, match="no folder `Training400` or `Train/Training-image-400`"):
        imported("adam", tmp_path, tmp_path / "manifest.csv")
