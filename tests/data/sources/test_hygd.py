"""HYGD in miniature."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.errors import SourceError

_HEADER = ["Image Name", "Patient", "Label", "Quality Score"]


def test_labels_patients_and_quality(tmp_path: Path) -> None:
    root = tmp_path / "hygd"
    table(root / "Labels.csv", _HEADER, [["1_0.jpg", 1, "GON+", 5.87], ["7_1.jpg", 7, "GON-", 6.5]])
    pictures(root / "Images", ["1_0.jpg", "7_1.jpg"])
    frame = imported("hygd", root, tmp_path / "manifest.csv")
    columns = ["patient", "quality", "class", "gon", "glaucoma", "abnormal"]
    assert frame.loc["1_0.jpg", columns].tolist() == ["1", "5.87", "glaucoma", "GON+", "1", "1"]
    assert frame.loc["7_1.jpg", columns].tolist() == ["7", "6.5", "not glaucoma", "GON-", "0", ""]


def test_another_version_of_the_table_is_named(tmp_path: Path) -> None:
    table(tmp_path / "Labels.csv", _HEADER[:3], [["1_0.jpg", 1, "GON+"]])
    with pytest.raises(SourceError, match="no column `Quality Score`"):
        imported("hygd", tmp_path, tmp_path / "manifest.csv")
