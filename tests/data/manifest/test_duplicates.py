"""Copies are found through flips and compression, and what is no copy is left alone."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fundusfm.data.manifest.duplicates import find_duplicates
from fundusfm.data.manifest.fingerprint import Fingerprint, fingerprint
from fundusfm.data.synthetic.photograph import generate

ORIGINALS = [cv2.cvtColor(generate(index, 3, 256, ["clinic"]).image, cv2.COLOR_RGB2BGR) for index in range(6)]

COPIES = {
    "mirrored": lambda image: image[:, ::-1],
    "upside down": lambda image: image[::-1],
    "turned": lambda image: image[::-1, ::-1],
    "smaller": lambda image: cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA),
    "brighter": lambda image: np.clip(image * 1.15 + 8, 0, 255).astype(np.uint8),
}


def _print(folder: Path, name: str, image: np.ndarray, quality: int = 95) -> Fingerprint:
    path = folder / f"{name}.jpg"
    cv2.imwrite(str(path), np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, quality])
    found = fingerprint(path)
    assert isinstance(found, Fingerprint)
    return found


@pytest.mark.parametrize("copy", COPIES)
def test_copy_is_paired_with_its_original_alone(copy: str, tmp_path: Path) -> None:
    prints = [_print(tmp_path, str(number), image) for number, image in enumerate(ORIGINALS)]
    prints.append(_print(tmp_path, "copy", COPIES[copy](ORIGINALS[2]), quality=60))
    (pair,) = find_duplicates(prints)
    assert (pair.first, pair.second, pair.exact) == (2, 6, False)
    assert 0.8 < pair.likeness <= 1.001


def test_same_file_is_exact(tmp_path: Path) -> None:
    prints = [_print(tmp_path, name, ORIGINALS[number]) for name, number in (("a", 0), ("b", 1), ("c", 0))]
    (pair,) = find_duplicates([*prints[:2], None, prints[2]])
    assert (pair.first, pair.second, pair.exact) == (0, 3, True)


def test_blank_frames_resemble_nothing(tmp_path: Path) -> None:
    blank = [_print(tmp_path, str(level), np.full((128, 128, 3), level, np.uint8)) for level in (0, 90, 200)]
    assert find_duplicates(blank) == []


def test_nothing_to_compare() -> None:
    assert find_duplicates([]) == []
    assert find_duplicates([None, None]) == []


def test_unreadable_file_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    assert "text.jpg" in str(fingerprint(tmp_path / "text.jpg"))
