"""Files, folders, archives and manifests become a list of photographs; what is wrong inside one becomes its row."""

import io
import os
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.dicom_files import PATIENT_ID, SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.inputs.find import find_sources, skipped_text
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
        find_sources([str(tmp_path / "missing.jpg"), str(tmp_path / "missing.csv")])
    _, missing = find_sources([str(path), str(tmp_path / "missing.jpg")])
    with pytest.raises(DecodeError, match=r"missing\.jpg"):
        missing.read()


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
    (tmp_path / "n.csv").write_text("thing\nx.jpg\n")
    with pytest.raises(ManifestError, match="has no `image` column"):
        find_sources([str(tmp_path / "n.csv")])


def _jpeg(side: int = 24) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (200, 90, 10)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_content_decides_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    for name in ("a.JPG", "b.jfif", "noext_0001", "g.jpeg_1"):
        (tmp_path / name).write_bytes(_jpeg())
    for name in ("notes.txt", "data.csv", "f.heic", "readme", "more.txt"):
        (tmp_path / name).write_bytes(b"text")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    skipped = Counter[str]()
    names = [Path(source.path).name for source in find_sources([str(tmp_path)], skipped=skipped)]
    assert names == ["a.JPG", "b.jfif", "f.heic", "g.jpeg_1", "gone.jpg", "noext_0001"]
    assert skipped == {"no image (.txt)": 2, "no image (.csv)": 1, "no image (without suffix)": 1}
    assert skipped_text(skipped) == (
        "4 files were left out: 1 no image (.csv), 2 no image (.txt), 1 no image (without suffix)"
    )
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("inside", _jpeg())
        archive.writestr("notes.txt", b"text")
    skipped.clear()
    (source,) = find_sources(tmp_path / "all.zip", skipped=skipped)  # type: ignore[arg-type]
    assert source.member == "inside" and skipped == {"no image (.txt)": 1}


def test_a_broken_link_says_so_in_its_row(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    for given_path in (tmp_path, tmp_path / "gone.jpg"):
        (source,) = find_sources([str(given_path)])
        with pytest.raises(DecodeError, match="is a link to a file that does not exist"):
            source.read()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX only")
def test_a_pipe_or_a_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", Path("/dev/zero")):
        (source,) = find_sources([str(path)])
        with pytest.raises(DecodeError, match="is a pipe, a socket or a device"):
            source.read()


def test_a_name_that_is_not_utf_8_has_a_row_that_can_be_written(tmp_path: Path) -> None:
    raw = tmp_path / os.fsdecode(b"M\xfcller.jpg")
    try:
        raw.write_bytes(_jpeg())
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    (tmp_path / os.fsdecode(b"k\xe4put.jpg")).write_bytes(b"no image")
    whole, broken = find_sources([str(tmp_path)])
    assert (broken.name, whole.name) == (f"{tmp_path}/k\\xe4put.jpg", f"{tmp_path}/M\\xfcller.jpg")
    assert Decoder(whole.read())(16).original_height == 24
    with pytest.raises(DecodeError, match=r"k\\xe4put\.jpg is not an image"):
        Decoder(broken.read())(16)


def test_pages_are_rows(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (40, 30), (level, 90, 10)) for level in (10, 120, 240)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=[Image.new("RGB", (8, 6)), *pages[1:]])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.tif", "a.tif")
    (tmp_path / "m.csv").write_text("image,patient\na.tif,7\n")
    for place, first in (("a.tif", "a.tif"), ("a.zip", "a.zip/a.tif"), ("m.csv", "a.tif")):
        sources = find_sources([str(tmp_path / place)])
        assert [source.name.removeprefix(f"{tmp_path}/") for source in sources] == [first, f"{first}#2", f"{first}#3"]
        assert [int(Decoder(source.read())(8).image[0, 0, 0]) for source in sources] == [10, 120, 240]
    (tmp_path / "n.csv").write_text("image,patient\na.tif#3,7\n")
    for place in (f"{tmp_path}/a.tif#3", f"{tmp_path}/n.csv"):
        (source,) = find_sources([place])
        assert source.name.endswith("a.tif#3") and int(Decoder(source.read())(8).image[0, 0, 0]) == 240


def test_members_of_one_name_keep_their_rows(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for side in (24, 32):
                archive.writestr("a.jpg", _jpeg(side))
    one, two = find_sources([str(tmp_path / "a.zip")])
    assert (one.name, two.name) == (f"{tmp_path}/a.zip/a.jpg", f"{tmp_path}/a.zip/a.jpg (2)")
    assert [Decoder(source.read())(8).original_height for source in (one, two)] == [24, 32]


def test_a_directory_of_many_members_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 3000
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:06d}.jpg", b"\xff\xd8\xff")
    opened = 0
    original = zipfile.ZipFile._RealGetContents  # type: ignore[attr-defined]

    def counted(self: zipfile.ZipFile) -> None:
        nonlocal opened
        opened += 1
        original(self)

    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", counted)
    sources = find_sources([str(tmp_path / "a.zip")])
    assert len(sources) == count
    assert {source.read().content for source in sources} == {b"\xff\xd8\xff"}
    assert opened == 2
