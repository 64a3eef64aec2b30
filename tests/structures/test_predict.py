"""Vessels of files: maps in the photographs' own pixels, a row for every file."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from tests.dicom_files import dicom_bytes, dicom_dataset
from tests.structures.drawn import segmenter_of_shapes

import fundusfm
from fundusfm.data.decode.image import decode
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import ConfigError, ManifestError
from fundusfm.models.card.schema import Card
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.structures import LESIONS, MASKS
from fundusfm.models.segmentation.tiny import TinyVesselNet


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("segmenter") / "bundle"
    card = Card(
        name="untrained", architecture="tiny", strategy="scratch", task="vessels", decoder="tiny", size=64,
        labels=["vessels"], mean=[0.5] * 3, std=[0.25] * 3, crop=CROP_VERSION,
    )  # fmt: skip
    save_segmenter(folder, TinyVesselNet(), card)
    return folder


def test_writes_maps_in_the_photographs_own_pixels(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    photographs = sorted((manifest.parent / "images").iterdir())[:2]
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"no image")
    out = tmp_path / "out"
    fundusfm.segment_predict(paths=[*map(str, photographs), str(damaged)], weights=str(bundle), out=str(out))
    rows = pd.read_csv(out / "segment.csv")
    assert rows["status"].tolist() == ["ok", "ok", "failed"]
    assert "not an image in a known format" in rows["reason"].iloc[2]
    for photograph, row in zip(photographs, rows.itertuples(), strict=False):
        height, width = decode(photograph).image.shape[:2]
        assert (row.height, row.width) == (height, width)
        probability = cv2.imread(str(out / f"probability/vessels/{row.file}.png"), cv2.IMREAD_UNCHANGED)
        mask = cv2.imread(str(out / f"masks/vessels/{row.file}.png"), cv2.IMREAD_UNCHANGED)
        assert probability.dtype == np.uint16
        assert probability.shape == mask.shape == (height, width)
        assert set(np.unique(mask)) <= {0, 255}
        assert probability[0, 0] == 0  # outside the field of view
        assert probability[height // 2, width // 2] > 0
        overlay = decode(out / f"overlays/{row.file}.jpg").image
        assert overlay.shape[1] == width and overlay.shape[0] > height  # the legend is below


def test_a_folder_stands_for_its_images(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    fundusfm.segment_predict(
        paths=[str(manifest.parent / "images")], weights=str(bundle), out=str(tmp_path / "out"), tta=True
    )
    assert len(list((tmp_path / "out" / "masks/vessels").iterdir())) == 32
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no image file"):
        fundusfm.segment_predict(paths=[str(tmp_path / "empty")], weights=str(bundle), out=str(tmp_path / "other"))


def test_takes_what_predict_takes(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    files = sorted((manifest.parent / "images").iterdir())[:2]
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.write(files[0], "deep/inside/one.png")
    image = decode(files[1]).image
    (tmp_path / "two_frames").write_bytes(dicom_bytes(dicom_dataset(np.stack([image, image]), NumberOfFrames=2)))
    table = fundusfm.segment_predict(
        paths=[str(tmp_path / "archive.zip"), str(tmp_path / "two_frames")],
        weights=str(bundle),
        out=str(tmp_path / "o"),
    )
    assert table["status"].tolist() == ["ok"] * 3
    assert [Path(name).name for name in table["image"]] == ["one.png", "two_frames", "two_frames#2"]
    assert len(list((tmp_path / "o" / "masks/vessels").iterdir())) == 3
    with pytest.raises(ConfigError, match="There is nothing at"):
        fundusfm.segment_predict(paths=["nothere.jpg"], weights=str(bundle), out=str(tmp_path / "other"))


def test_every_structure_has_maps_and_columns(manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.structures.predict.load_segmenter", lambda *_, **__: segmenter_of_shapes())
    photograph, out = next((manifest.parent / "images").iterdir()), tmp_path / "out"
    table = fundusfm.segment_predict(paths=[str(photograph)], weights="drawn", out=str(out))
    (row,) = table.to_dict("records")
    assert {path.name for path in (out / "masks").iterdir()} == set(MASKS)
    arteries, veins, vessels = (
        cv2.imread(str(out / f"masks/{mask}/{row['file']}.png"), cv2.IMREAD_UNCHANGED) > 0
        for mask in ("arteries", "veins", "vessels")
    )
    assert arteries.any() and veins.any() and np.array_equal(arteries ^ veins, vessels)
    counts = {name: row[f"{name}.count"] for name in LESIONS}
    assert counts == {"microaneurysms": 3, "haemorrhages": 2, "hard_exudates": 1, "soft_exudates": 0}
    assert row["soft_exudates.share"] == 0 < row["disc.share"] < 0.1
    assert row["disc.x"] == pytest.approx(row["fov_x"] + 0.4 * row["fov_radius"], abs=0.05 * row["fov_radius"])
    assert row["disc.diameter"] == pytest.approx(0.3 * row["fov_radius"], rel=0.15)


def test_what_cannot_be_used_is_refused_as_predict_refuses_it(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    good = next((manifest.parent / "images").iterdir())
    cv2.imwrite(str(tmp_path / "cat.png"), np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "blurred.png"), cv2.GaussianBlur(cv2.imread(str(good)), (0, 0), 12))
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    paths = [str(good), *(str(tmp_path / name) for name in ("cat.png", "blurred.png", "cut.jpg"))]
    table = fundusfm.segment_predict(paths=paths, weights=str(bundle), out=str(tmp_path / "o"))
    assert table["status"].tolist() == ["ok", "not_fundus", "ungradable", "failed"]
    assert table["reason"].iloc[1:].str.len().min() > 10
    assert len(list((tmp_path / "o" / "masks/vessels").iterdir())) == 1


def test_eye_and_size_of_a_pixel_reach_the_measures(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundusfm.structures.predict.load_segmenter", lambda *_, **__: segmenter_of_shapes())
    files = sorted((manifest.parent / "images").iterdir())[:3]
    pixels = decode(files[0]).image
    header = dicom_dataset(pixels, ImageLaterality="L", PixelSpacing=[0.012, 0.012])
    (tmp_path / "header.dcm").write_bytes(dicom_bytes(header))
    both = dicom_dataset(np.stack([pixels, pixels]), NumberOfFrames=2, ImageLaterality=None, PixelSpacing=[0.02, 0.02])
    (tmp_path / "frames.dcm").write_bytes(dicom_bytes(both))
    listed = tmp_path / "listed.csv"
    rows = [(files[1], "OD", "9.5"), (files[2], "", ""), ("header.dcm", "right", "")]
    pd.DataFrame(rows, columns=["image", "eye", "microns_per_pixel"]).to_csv(listed, index=False)
    out = tmp_path / "out"
    paths = [str(tmp_path / "header.dcm"), str(tmp_path / "frames.dcm"), str(listed)]
    fundusfm.segment_predict(paths=paths, weights="drawn", out=str(out))
    found = pd.read_csv(out / "segment.csv", keep_default_na=False, dtype={"microns_per_pixel": str})
    assert found["eye"].tolist() == ["left", "", "", "right", "", "right"]
    assert found["microns_per_pixel"].tolist() == ["12.0", "20.0", "20.0", "9.5", "", "12.0"]
    measured = fundusfm.measure_vessels(predictions=str(out), out=str(tmp_path / "m.csv"), microns_per_pixel=7.0)
    assert measured.groupby("image", sort=False)["eye"].first().tolist() == ["left", "", "", "right", "", "right"]
    disc = measured[measured["structure"] == "disc"].set_index(["image", "measure"])["value"].unstack()
    ratio = (disc["diameter_um"] / disc["diameter"]).round(3)
    assert ratio[found["image"]].tolist() == [12.0, 20.0, 20.0, 9.5, 7.0, 12.0]
    named = measured.groupby("image", sort=False)["region"].agg(lambda regions: "superior_nasal" in set(regions))
    assert named.tolist() == [True, False, False, True, False, True]


def test_a_size_that_is_no_number_is_refused_before_the_work(bundle: Path, manifest: Path, tmp_path: Path) -> None:
    photograph = next((manifest.parent / "images").iterdir())
    pd.DataFrame({"image": [photograph], "microns_per_pixel": ["-3"]}).to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(ManifestError, match="column `microns_per_pixel`: -3 is not above 0"):
        fundusfm.segment_predict(paths=[str(tmp_path / "m.csv")], weights=str(bundle), out=str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
