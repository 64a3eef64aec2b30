"""What a photograph looks like, in numbers that copies share."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fundusfm.data.decode.image import lost_file
from fundusfm.data.manifest.fingerprint import SIDE, Fingerprint, fingerprint
from fundusfm.data.synthetic.photograph import generate
from fundusfm.errors import DecodeError


def _print(path: Path) -> Fingerprint:
    found = fingerprint(path)
    assert isinstance(found, Fingerprint)
    return found


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prints")
    picture = Image.fromarray(generate(0, 0, 300, ["clinic"]).image)
    picture.save(folder / "a.png")
    picture.resize((picture.width * 5 // 6, picture.height * 5 // 6)).save(folder / "small.jpg", quality=60)
    Image.fromarray(generate(2, 0, 300, ["clinic"]).image).save(folder / "other.png")
    picture.save(folder / "two.tif", save_all=True, append_images=[Image.open(folder / "other.png")])
    return folder


def test_a_copy_resembles_and_another_photograph_does_not(folder: Path) -> None:
    one, copy, other = (_print(folder / name) for name in ("a.png", "small.jpg", "other.png"))
    assert one.crop.shape == one.frame.shape == (SIDE, SIDE) and one.crop.dtype == np.int8
    assert _likeness(one.crop, copy.crop) > 0.85 > 0.5 > _likeness(one.crop, other.crop)
    assert one.sha256 != copy.sha256


def test_photographs_of_one_file_differ_in_content_hash(folder: Path) -> None:
    first, second = _print(folder / "two.tif"), _print(folder / "two.tif#2")
    assert first.sha256 != second.sha256
    assert _likeness(second.crop, _print(folder / "other.png").crop) > 0.95


def test_a_plain_picture_resembles_nothing(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), (150, 80, 40)).save(buffer, "PNG")
    (tmp_path / "plain.png").write_bytes(buffer.getvalue())
    assert not _print(tmp_path / "plain.png").crop.any()


def test_what_cannot_be_read_is_the_reason(tmp_path: Path) -> None:
    assert isinstance(fingerprint(tmp_path / "none.jpg"), DecodeError)
    assert str(lost_file(Path("a.jpg"), "ended its process")) == "a.jpg ended its process."
