"""Files, folders, archives and manifests become a list of photographs; what is wrong inside one becomes its row."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dicom_files import PATIENT_ID, SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.inputs.find import find_sources
from fundusfm.data.inputs.photograph import Decoder
from fundusfm.errors import ConfigError, DecodeError, ManifestError


def test_folders_are_searched_to_any_depth(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/deep/c.PNG", "a/._c.png", "a/notes.txt", "a/table.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [source.name for source in find_sources([str(tmp_path)])] == [
        str(tmp_path / "a/deep/c.PNG"), str(tmp_path / "b.jpg")
    ]  # fmt: skip
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no image file"):
        find_sources([str(tmp_path / "empty")])


def test_a_named_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "export.0001"
    path.write_bytes(b"content")
    (source,) = find_sources([str(path)])
    assert source.read().content == b"content"
    with pytest.raises(ConfigError, match="There is nothing at"):
        find_sources([str(tmp_path / "missing.jpg")])


def test_members_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("two/b.jpg", "a.png", "__MACOSX/._a.png", "readme.txt"):
            archive.writestr(name, name * 50)
    one, two = find_sources([str(path)])
    assert (one.name, two.name) == (f"{path}/a.png", f"{path}/two/b.jpg")
    assert two.read().content == b"two/b.jpg" * 50


def test_dicom_files_are_told_from_their_content(tmp_path: Path, photo: np.ndarray) -> None:
    two = dicom_dataset(np.stack([photo, photo]), NumberOfFrames=2, ImageLaterality="L", PatientID="7")
    report, cut = (dicom_dataset(photo, sop_class=kind, Rows=None) for kind in ("1.2.840.10008.5.1.4.1.1.88.33", ""))
    del report.PixelData, cut.PixelData
    files = {
        "IM0": dicom_bytes(two, SYNTAXES["deflated"]),
        "IM1.jpg": dicom_bytes(dicom_dataset(photo, PatientID=None)),
        "SR0.dcm": dicom_bytes(report),
        "notes": b"no image",
        "cut": dicom_bytes(cut),
        "cut.dcm": b"\0" * 128 + b"DICM cut",
        "many.dcm": dicom_bytes(dicom_dataset(photo[None], NumberOfFrames=2_000_000_000)),
    }
    folder = tmp_path / "export"
    folder.mkdir()
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            (folder / name).write_bytes(content)
            archive.writestr(name, content)
    for place in (folder, tmp_path / "export.zip"):
        sources = find_sources([str(place)])
        names = [source.name.removeprefix(f"{place}/") for source in sources]
        assert names == ["IM0", "IM0#2", "IM1.jpg", "cut", "cut.dcm", "many.dcm"]
        expected = {"patient": "7", "eye": "left", "visit": two.StudyInstanceUID}
        assert sources[0].columns == sources[1].columns == expected
        assert set(sources[2].columns) == {"eye", "visit"}
        frames = [Decoder(source.read())(64).image for source in sources[:3]]
        assert all(np.array_equal(frame, photo) for frame in frames)
    assert [source.name for source in find_sources([str(folder / "SR0.dcm")])] == [str(folder / "SR0.dcm")]


def test_a_manifest_knows_better_than_a_header(tmp_path: Path, photo: np.ndarray) -> None:
    content = dicom_bytes(dicom_dataset(np.stack([photo, photo]), NumberOfFrames=2, ImageLaterality="L"))
    (tmp_path / "a.dcm").write_bytes(content)
    (tmp_path / "m.csv").write_text("image,eye\na.dcm,right\n")
    one, two = find_sources([str(tmp_path / "m.csv")])
    assert (one.name, two.name, two.frame) == ("a.dcm", "a.dcm#2", 2)
    assert (two.columns["eye"], two.columns["patient"]) == ("right", PATIENT_ID)


def test_an_archive_that_cannot_be_opened_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(b"PK\x03\x04 not an archive")
    (source,) = find_sources([str(path)])
    assert source.name == str(path)
    with pytest.raises(DecodeError, match="the archive is damaged"):
        source.read()


def test_a_member_that_is_damaged_fails_alone(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"A" * 100)
        archive.writestr("b.jpg", b"B" * 100)
    path.write_bytes(path.read_bytes().replace(b"AAAAA", b"AAXAA"))
    damaged, whole = find_sources([str(path)])
    with pytest.raises(DecodeError, match=r"a\.jpg cannot be unpacked \(Bad CRC-32"):
        damaged.read()
    assert whole.read().content == b"B" * 100


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), end=st.integers(0, 300))
def test_no_archive_breaks_the_list(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int, end: int) -> None:
    path = tmp_path_factory.mktemp("zip") / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", b"A" * 100)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content[: len(content) - end] if end < 40 else content)
    try:
        sources = find_sources([str(path)])
    except ConfigError:  # the damage renamed the only photograph
        return
    for source in sources:
        try:
            source.read()
        except DecodeError as error:
            assert "archive" in str(error)


def test_rows_of_a_manifest_keep_their_columns(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("image,patient,eye\nx/1.jpg,7,left\nmissing.jpg,8,right\n")
    one, two = find_sources([str(tmp_path / "m.csv")])
    assert (one.name, one.path) == ("x/1.jpg", str(tmp_path / "x/1.jpg"))
    assert one.columns == {"image": "x/1.jpg", "patient": "7", "eye": "left"}
    with pytest.raises(DecodeError, match="does not exist"):
        two.read()
    (tmp_path / "n.csv").write_text("file\nx.jpg\n")
    with pytest.raises(ManifestError, match="has no `image` column"):
        find_sources([str(tmp_path / "n.csv")])
