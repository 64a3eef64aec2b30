"""DICOM files are found by content, in folders of folders."""

from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import dicom_bytes, dicom_dataset

from fundusfm.data.dicom.find import find_dicom
from fundusfm.errors import ConfigError


def test_files_of_a_folder(tmp_path: Path) -> None:
    content = dicom_bytes(dicom_dataset(np.zeros((8, 8), np.uint8)))
    (tmp_path / "deep").mkdir()
    for name in ("b", "deep/a.dcm", "DICOMDIR"):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "text.dcm").write_text("no")
    assert find_dicom([str(tmp_path), "given"]) == [tmp_path / "b", tmp_path / "deep" / "a.dcm", Path("given")]


def test_folder_without_any_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="without DICOM files"):
        find_dicom([str(tmp_path)])
