"""A file is light by its size and by what its header declares, wherever it lies."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.dicom_files import dicom_bytes, dicom_dataset

from fundusfm.data.inputs import light
from fundusfm.data.inputs.find import find_sources
from fundusfm.data.inputs.light import is_light, is_light_source


@pytest.fixture(autouse=True)
def _low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(light, "_PIXELS", 10_000)
    monkeypatch.setattr(light, "_BYTES", 50_000)


def test_size_and_declared_pixels_decide(tmp_path: Path) -> None:
    small, large = Image.new("RGB", (90, 90)), Image.new("RGB", (200, 90))
    for name, picture in (("small.png", small), ("large.png", large), ("large.jpg", large)):
        picture.save(tmp_path / name)
    small.save(tmp_path / "pages.tif", save_all=True, append_images=[small])
    (tmp_path / "long.png").write_bytes((tmp_path / "small.png").read_bytes() + bytes(60_000))
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "cut.png").write_bytes((tmp_path / "small.png").read_bytes()[:20])
    pixels = np.zeros((2, 90, 90), np.uint8)
    (tmp_path / "two").write_bytes(dicom_bytes(dicom_dataset(pixels, NumberOfFrames=2)))
    (tmp_path / "one").write_bytes(dicom_bytes(dicom_dataset(pixels[0])))
    found = {path.name for path in tmp_path.iterdir() if not is_light(path)}
    assert found == {"large.png", "large.jpg", "pages.tif", "long.png", "cut.png", "two"}
    assert is_light(tmp_path / "absent.png") and not is_light(f"{tmp_path}/pages.tif#2")


def test_members_of_archives(tmp_path: Path) -> None:
    Image.new("RGB", (200, 90)).save(tmp_path / "large.png")
    Image.new("RGB", (20, 90)).save(tmp_path / "small.png")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("large.png", "small.png"):
            archive.write(tmp_path / name, name)
    assert [is_light_source(source) for source in find_sources([tmp_path / "a.zip"])] == [False, True]
