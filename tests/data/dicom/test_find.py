"""DICOM files are found by content, in folders of folders, archives and manifests."""

import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import dicom_bytes, dicom_dataset

from fundusfm.data.dicom.find import find_dicom, read_dicom
from fundusfm.errors import ConfigError, DecodeError

_ONE = dicom_bytes(dicom_dataset(np.zeros((8, 8), np.uint8), PatientID="1"))
_TWO = dicom_bytes(dicom_dataset(np.zeros((2, 8, 8), np.uint8), NumberOfFrames=2, PatientID="2"))


def test_folders_archives_and_manifests(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "deep").mkdir(parents=True)
    (folder / "b").write_bytes(_TWO)
    (folder / "deep" / "a.dcm").write_bytes(_ONE)
    (folder / "text.dcm").write_text("no")
    skipped = Counter[str]()
    found = find_dicom([str(folder), "given"], skipped=skipped)
    assert [source.name for source in found] == [f"{folder}/b", f"{folder}/deep/a.dcm", "given"]
    assert skipped == {"no DICOM": 1}
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, content in (("b", _TWO), ("a", _ONE), ("note.txt", b"no")):
            archive.writestr(name, content)
    packed = find_dicom([str(tmp_path / "export.zip")], skipped=skipped)
    assert [source.name for source in packed] == [f"{tmp_path}/export.zip/a", f"{tmp_path}/export.zip/b"]
    assert [str(read_dicom(source).PatientID) for source in packed] == ["1", "2"]
    (tmp_path / "m.csv").write_text("image\nexport/b\nexport/b#2\nexport/deep/a.dcm\n")
    listed = find_dicom([str(tmp_path / "m.csv")], skipped=skipped)
    assert [(source.name, source.frame) for source in listed] == [("export/b", 0), ("export/deep/a.dcm", 0)]


def test_what_holds_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no image file"):
        find_dicom([str(tmp_path)], skipped=Counter())
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ConfigError, match="holds no DICOM file"):
        find_dicom([str(tmp_path)], skipped=Counter())
    (source,) = find_dicom([str(tmp_path / "a.jpg")], skipped=Counter())
    with pytest.raises(DecodeError, match="not a DICOM file"):
        read_dicom(source)
