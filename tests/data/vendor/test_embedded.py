"""Photographs out of files of OCT devices, by every way that a command takes, and files that claim too much."""

import struct
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.vendor_files import heidelberg, topcon_fda, topcon_fds

from fundusfm.data.decode.image import decode, decode_bytes
from fundusfm.data.inputs.find import find_sources
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.unfold import unfold
from fundusfm.errors import DecodeError

Picture = NDArray[np.uint8]


@pytest.fixture
def pictures() -> tuple[Picture, Picture]:
    """Two small colour pictures, each channel with a level of its own."""
    noise = np.random.default_rng(0).integers(0, 40, (2, 48, 64, 3), dtype=np.uint8)
    first, second = noise + np.array([180, 90, 20], np.uint8)
    return first, second


def test_topcon_gives_every_photograph_in_its_own_colours(pictures: tuple[Picture, Picture], tmp_path: Path) -> None:
    file = tmp_path / "a.fda"
    file.write_bytes(topcon_fda(pictures))
    for number, picture in enumerate(pictures, start=1):
        np.testing.assert_array_equal(decode(f"{file}#{number}").image, picture)
    with pytest.raises(DecodeError, match="holds 2 photograph"):
        decode(f"{file}#3")
    sources = find_sources([file])
    assert [source.name for source in sources] == [str(file), f"{file}#2"]
    assert [source.columns for source in sources] == [{"patient": "P-17", "eye": "right"}] * 2


def test_pixels_of_fds_are_read_as_they_are(pictures: tuple[Picture, Picture]) -> None:
    decoded = decode_bytes(topcon_fds(pictures[0]), name="b.fds")
    np.testing.assert_array_equal(decoded.image, pictures[0])


def test_heidelberg_has_both_eyes(pictures: tuple[Picture, Picture], tmp_path: Path) -> None:
    grey = [np.ascontiguousarray(picture[..., 1]) for picture in pictures]
    for skip in (0, 64):
        file = tmp_path / f"{skip}.E2E"
        file.write_bytes(heidelberg([(grey[0], "R"), (grey[1], "L")], skip=skip))
        sources = find_sources([file])
        assert [source.columns for source in sources] == [
            {"patient": "P-19", "eye": "right"},
            {"patient": "P-19", "eye": "left"},
        ]
        for picture, source in zip(grey, sources, strict=True):
            photograph = source.read()
            decoded = decode_bytes(photograph.content, name="e", frame=photograph.frame).image
            np.testing.assert_array_equal(decoded, np.repeat(picture[..., None], 3, axis=2))


def test_uploads_keep_eye_and_patient(pictures: tuple[Picture, Picture]) -> None:
    (photograph,) = unfold(Photograph("scan.fds", topcon_fds(pictures[0])))
    assert (photograph.name, photograph.eye, photograph.patient) == ("scan.fds", "left", "P-18")
    (doubted,) = unfold(Photograph("7_right.fds", topcon_fds(pictures[0])))
    assert doubted.eye == "" and doubted.eye_doubt == "the file says left, its name says right; no eye is taken"
    (open_,) = unfold(Photograph("7_right.fds", topcon_fds(pictures[0], eye=None)))
    assert (open_.eye, open_.eye_doubt) == ("", "")


def test_archives_and_folders_hold_them_too(pictures: tuple[Picture, Picture], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/both", topcon_fda(pictures, eye=1))
        archive.writestr("scan.fda", topcon_fda([]))
    skipped = Counter[str]()
    sources = find_sources([tmp_path / "a.zip"], skipped=skipped)
    assert [source.columns["eye"] for source in sources] == ["left", "left"]
    assert skipped == {"scan of an OCT device without a photograph": 1}
    assert decode_bytes(sources[1].read().content, name="x", frame=2).image.shape == (48, 64, 3)


@pytest.mark.parametrize("content", [topcon_fda([]), topcon_fds(np.zeros((4, 4, 3), np.uint8), bits=8), heidelberg([])])
def test_scans_alone_are_no_photograph(content: bytes) -> None:
    with pytest.raises(DecodeError, match="holds scans, but no photograph"):
        decode_bytes(content, name="scan")


def test_a_file_that_was_cut_is_told_as_such_wherever_it_was_cut(pictures: tuple[Picture, Picture]) -> None:
    for content in (
        topcon_fda(pictures[:1]),
        topcon_fds(pictures[0]),
        heidelberg([(np.ascontiguousarray(pictures[0][..., 0]), "R")]),
    ):
        whole = decode_bytes(content, name="whole").image
        for length in range(30, len(content), max(1, len(content) // 40)):
            try:
                decoded = decode_bytes(content[:length], name="cut").image
            except DecodeError as error:
                assert error.code != "BUG"
            else:  # what was cut off lies behind the photograph
                np.testing.assert_array_equal(decoded, whole)


def test_no_byte_that_is_changed_gives_anything_but_a_sentence(pictures: tuple[Picture, Picture]) -> None:
    random = np.random.default_rng(1)
    for content in (topcon_fda(pictures), heidelberg([(np.ascontiguousarray(pictures[0][..., 0]), "R")])):
        for _ in range(150):
            damaged = bytearray(content)
            for place in random.integers(0, len(content), 4):
                damaged[place] = random.integers(0, 256)
            try:
                assert decode_bytes(bytes(damaged), name="damaged").image.ndim == 3
                unfold(Photograph("damaged", bytes(damaged)))
            except DecodeError:
                pass


def test_sizes_that_no_photograph_has_are_refused_before_they_are_read() -> None:
    huge = heidelberg([(np.zeros((4, 4), np.uint8), "R")]).replace(
        struct.pack("<II", 4, 4), struct.pack("<II", 1 << 31, 2)
    )
    with pytest.raises(DecodeError, match="ends within a picture of 2 x 2147483648 pixels"):
        decode_bytes(huge, name="huge")
    wide = struct.pack("<IIIIBI", 1 << 30, 1 << 30, 24, 1, 0, 12)
    file = b"FOCTFDS" + struct.pack("<II", 8, 1) + bytes([8]) + b"@IMG_OBS" + struct.pack("<I", len(wide)) + wide
    with pytest.raises(DecodeError, match="@IMG_OBS claims"):
        decode_bytes(file, name="wide")
