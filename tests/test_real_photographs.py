"""The line from manifest to metrics on real photographs, and what ImageNet features are known to reach on them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.data.decode.image import decode
from fundusfm.data.fov.detect import find_fov

pytestmark = pytest.mark.real


def test_fov_agrees_with_the_masks_of_drive(real_folder: Path) -> None:
    folder = real_folder / "vessels" / "drive"
    table = pd.read_csv(folder / "manifest.csv")
    for row in table.iloc[::4].itertuples():
        photo = decode(folder / str(row.image))
        mask = cv2.imread(str(folder / str(row.fov)), cv2.IMREAD_GRAYSCALE) > 127
        fov = find_fov(photo.image)
        y, x = np.mgrid[: mask.shape[0], : mask.shape[1]] + 0.5
        circle = np.hypot(x - fov.x, y - fov.y) <= fov.radius
        assert fov.found
        assert (circle & mask).sum() / (circle | mask).sum() > 0.95, row.image


def test_pathologic_myopia_is_easy_even_for_imagenet(real_folder: Path, tmp_path: Path) -> None:
    weights = real_folder.parent / "weights" / "mobilenetv2_100_imagenet.safetensors"
    if not weights.exists():
        pytest.skip(f"no ImageNet weights at {weights}")
    table = pd.read_csv(real_folder / "odir" / "manifest.csv", dtype=str, keep_default_na=False)
    chosen = pd.concat([table[table["M"] == "1"].head(60), table[table["N"] == "1"].head(140)])
    chosen = chosen.assign(image=[str(real_folder / "odir" / image) for image in chosen["image"]])
    chosen.to_csv(tmp_path / "myopia.csv", index=False)
    fundusfm.prepare(manifest=str(tmp_path / "myopia.csv"), size=128, out=str(tmp_path / "store"), workers=1)
    fundusfm.probe(
        data=str(tmp_path / "store"),
        labels=["M"],
        weights="imagenet",
        backbone="mobilenetv2_100",
        imagenet_weights=str(weights),
        out=str(tmp_path / "run"),
    )
    auroc = json.loads((tmp_path / "run" / "metrics.json").read_text())["cv"]["M"]["auroc"]
    assert auroc["mean"] > 0.95
    assert auroc["low"] <= auroc["mean"] <= auroc["high"]
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    scored = fundusfm.load(tmp_path / "run" / "bundle").predict([chosen["image"].iloc[0], tmp_path / "broken.jpg"])
    assert scored["status"].tolist() == ["ok", "failed"]
    assert scored["M.decision"].iloc[0] == 1
