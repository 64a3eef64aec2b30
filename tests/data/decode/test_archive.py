"""A member of a zip archive is a file for everything that reads files."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.dicom_files import dicom_bytes, dicom_dataset

import fundusfm
from fundusfm.data.decode.archive import split_member
from fundusfm.data.decode.image import decode
from fundusfm.data.inputs.find import find_sources
from fundusfm.errors import DecodeError


@pytest.fixture
def archive(tmp_path: Path, photo: np.ndarray) -> Path:
    """An archive with a PNG and a DICOM file of two frames."""
    path = tmp_path / "export.zip"
    Image.fromarray(photo).save(tmp_path / "a.png")
    with zipfile.ZipFile(path, "w") as opened:
        opened.write(tmp_path / "a.png", "deep/a.png")
        opened.writestr("IM1", dicom_bytes(dicom_dataset(np.stack([photo, photo[::-1]]), NumberOfFrames=2)))
    return path


def test_members_are_read_by_their_path(archive: Path, photo: np.ndarray) -> None:
    assert split_member(archive / "deep" / "a.png") == (str(archive), "deep/a.png")
    assert split_member(archive) is split_member(archive.parent / "none" / "a.png") is None
    assert np.array_equal(decode(archive / "deep" / "a.png").image, photo)
    assert np.array_equal(decode(f"{archive}/IM1#2").image, photo[::-1])
    with pytest.raises(DecodeError, match="the archive has no such member"):
        decode(archive / "b.png")
    (source,) = find_sources([archive / "deep" / "a.png"])
    assert source.read().content.startswith(b"\x89PNG")


def test_what_is_listed_of_an_archive_is_a_manifest(archive: Path, tmp_path: Path) -> None:
    table = fundusfm.dicom_list(paths=[str(archive)], out=str(tmp_path / "m.csv"))
    assert table["image"].tolist() == ["export.zip/IM1", "export.zip/IM1#2"]
    assert not [fault.kind for fault in fundusfm.check(manifest=str(tmp_path / "m.csv")).faults if "file" in fault.kind]
    assert [len(source.read().name) > 0 for source in find_sources([tmp_path / "m.csv"])] == [True, True]
    store = fundusfm.prepare(manifest=str(tmp_path / "m.csv"), size=32, out=str(tmp_path / "store"))
    assert len(store) == 2
