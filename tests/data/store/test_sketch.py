"""Sketches find copies of photographs and nothing else."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.data.store.reader import Store, open_store
from fundusfm.data.store.sketch import alike, sketch_store


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sketch") / "photographs"
    fundusfm.synth(out=str(out), count=12, size=256, seed=5, workers=1)
    return out / "manifest.csv"


def _store(manifest: Path, out: Path, size: int) -> Store:
    fundusfm.prepare(manifest=str(manifest), size=size, out=str(out), workers=1)
    return open_store(str(out))


def _copied(manifest: Path, folder: Path) -> Path:
    """Mirrored at two thirds of the size and compressed again."""
    folder.mkdir()
    table = pd.read_csv(manifest, dtype=str)
    for image in table["image"]:
        picture = cv2.imread(str(manifest.parent / image))
        assert picture is not None
        small = cv2.resize(picture[:, ::-1], None, fx=0.67, fy=0.67, interpolation=cv2.INTER_AREA)
        (folder / image).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str((folder / image).with_suffix(".jpg")), small, [cv2.IMWRITE_JPEG_QUALITY, 70])
    table["image"] = [str(Path(image).with_suffix(".jpg")) for image in table["image"]]
    table[["image"]].to_csv(folder / "manifest.csv", index=False)
    return folder / "manifest.csv"


def test_copies_are_found_and_others_are_not(photographs: Path, tmp_path: Path) -> None:
    known = sketch_store(_store(photographs, tmp_path / "store", 160))
    assert known.shape == (12, 4, 32) and known.dtype == np.uint8
    copies = sketch_store(_store(_copied(photographs, tmp_path / "copies"), tmp_path / "copied", 112))
    assert alike(copies, known[:, 0]).mean() > 0.9
    assert not alike(copies[:6], known[6:, 0]).any()


def test_what_shows_nothing_resembles_nothing(tmp_path: Path) -> None:
    (tmp_path / "grey").mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / "grey" / name), np.full((128, 128, 3), 90, np.uint8))
    (tmp_path / "grey" / "manifest.csv").write_text("image\na.png\nb.png\n")
    sketches = sketch_store(_store(tmp_path / "grey" / "manifest.csv", tmp_path / "store", 64))
    assert not sketches.any()
    assert not alike(sketches, sketches[:, 0]).any()
    shutil.rmtree(tmp_path / "grey")
