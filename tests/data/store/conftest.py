"""A small data set with broken files, and shards of a few rows."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fundusfm.data.store import format as store_format
from fundusfm.data.store import writer as store_writer

_BROKEN = {3: b"", 8: b"no image", 13: b"cut"}


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (store_format, store_writer):
        monkeypatch.setattr(module, "ROWS_PER_SHARD", 8)


def a_photograph(number: int) -> np.ndarray:
    image = np.zeros((80, 100, 3), np.uint8)
    cv2.circle(image, (50, 40), 34 + number % 5, (180, 90 + number, 40), -1)
    return image


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 photographs, of which three are broken, and one full-frame."""
    folder = tmp_path_factory.mktemp("raw") / "clinic"
    folder.mkdir()
    rows = [["image", "patient", "grade"]]
    for number in range(20):
        path = folder / f"{number:02d}.jpg"
        pixels = np.full((40, 40, 3), 90, np.uint8) if number == 5 else a_photograph(number)
        Image.fromarray(pixels).save(path)
        content = _BROKEN.get(number)
        if content is not None:
            path.write_bytes(path.read_bytes()[:-90] if content == b"cut" else content)
        rows.append([path.name, f"p{number // 2}", str(number % 3)])
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder / "manifest.csv"
