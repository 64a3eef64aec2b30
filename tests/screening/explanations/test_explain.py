"""`fundusfm explain` end to end: pictures in original pixels, one row per photograph, bad files included."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from tests.dicom_files import dicom_bytes, dicom_dataset

import fundusfm
from fundusfm.cli import main
from fundusfm.data.decode.image import decode
from fundusfm.errors import ConfigError, LabelError, WeightsError
from fundusfm.models.network import build_network
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    card = start_network("scratch", backbone="mobilenetv2_035", size=64).card
    labels = ["abnormal", "amd"]
    path = tmp_path_factory.mktemp("bundle")
    save_bundle(
        path,
        build_network("mobilenetv2_035", outputs=2, size=64),
        card.model_copy(update={"labels": labels, "task": "multilabel"}),
    )
    return str(path)


def test_store_and_manifest_give_pictures_of_the_original_size(
    weights: str, store: Path, manifest: Path, tmp_path: Path
) -> None:
    for source, out in ((store, tmp_path / "store"), (manifest, tmp_path / "manifest")):
        fundusfm.explain(weights=weights, data=str(source), limit=2, maps=True, out=str(out))
        table = pd.read_csv(out / "explain.csv", keep_default_na=False)
        assert table["status"].tolist() == ["ok", "ok"]
        assert table["label"].tolist() == ["abnormal"] * 2
        assert set(table["truth"].astype(str)) <= {"0", "1"}
        for row in table.itertuples():
            original = cv2.imread(str(manifest.parent / row.image))
            assert cv2.imread(str(out / row.overlay)).shape == original.shape
            assert (out / row.sheet).stat().st_size > 5000
            depth = cv2.imread(str(out / row.overlay.replace("overlays", "maps")), cv2.IMREAD_UNCHANGED)
            assert depth.dtype == np.uint16
            assert depth.shape == original.shape[:2]


def test_bad_file_is_a_row_with_its_reason(weights: str, manifest: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no image")
    good = sorted((manifest.parent / "images").iterdir())[0]
    table = fundusfm.explain(
        weights=weights, paths=[str(bad), str(good)], label="amd", cam="hirescam", out=str(tmp_path / "out")
    )
    assert table["status"].tolist() == ["failed", "ok"]
    assert "not an image" in table["reason"][0]
    assert table["label"][1] == "amd"


def test_scores_are_those_of_predict(probe_run: Path, manifest: Path, tmp_path: Path) -> None:
    # Larger than the store, so that decoding at a smaller scale would show.
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number, path in enumerate(sorted((manifest.parent / "images").iterdir())[:3]):
        large = cv2.resize(cv2.imread(str(path)), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{number}.jpg"), large)
    cv2.imwrite(str(folder / "no fundus.png"), np.full((300, 400, 3), 240, np.uint8))
    weights = str(probe_run / "bundle")
    explained = fundusfm.explain(weights=weights, paths=[str(folder)], out=str(tmp_path / "out"))
    fundusfm.predict(weights=weights, paths=[str(folder)], out=str(tmp_path / "predict.csv"))
    predicted = pd.read_csv(tmp_path / "predict.csv")
    assert explained["status"].tolist() == predicted["status"].tolist()
    assert explained["status"].tolist() == ["ok", "ok", "ok", "not_fundus"]
    assert explained["score"][:3].tolist() == predicted["abnormal.score"][:3].tolist()
    assert explained["reason"][3] == predicted["reason"][3]
    assert len(list((tmp_path / "out" / "overlays").iterdir())) == 3


def test_takes_what_predict_takes(weights: str, manifest: Path, tmp_path: Path) -> None:
    files = sorted((manifest.parent / "images").iterdir())[:3]
    deep = tmp_path / "folder" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "M\udcfcller $1.png").write_bytes(files[0].read_bytes())
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.write(files[1], "inside/one.png")
    image = decode(files[2]).image
    frames = dicom_dataset(np.stack([image, image[::-1]]), NumberOfFrames=2)
    (tmp_path / "two_frames").write_bytes(dicom_bytes(frames))
    paths = [tmp_path / "folder", tmp_path / "archive.zip", tmp_path / "two_frames", manifest]
    table = fundusfm.explain(weights=weights, paths=[str(path) for path in paths], limit=5, out=str(tmp_path / "out"))
    assert table["status"].tolist() == ["ok"] * 5
    assert [Path(name).name for name in table["image"][:4]] == [
        "M\\xfcller $1.png", "one.png", "two_frames", "two_frames#2"
    ]  # fmt: skip
    assert table["truth"][4] in ("0", "1"), "a manifest's row knows the label"
    assert table["overlay"].is_unique


def test_nothing_at_a_path_is_an_error(weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = tmp_path / "nothere.jpg"
    assert main(["explain", str(nowhere), "--weights", weights, "--out", str(tmp_path / "out")]) == 2
    assert "There is nothing at" in capsys.readouterr().err
    nowhere.write_bytes(b"no image")
    assert main(["explain", str(nowhere), "--weights", weights, "--out", str(tmp_path / "out")]) == 3


def test_folder_stands_for_its_images(weights: str, manifest: Path, tmp_path: Path) -> None:
    fundusfm.explain(weights=weights, paths=[str(manifest.parent / "images")], limit=1, out=str(tmp_path / "out"))
    assert len(pd.read_csv(tmp_path / "out" / "explain.csv")) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no image file"):
        fundusfm.explain(weights=weights, paths=[str(tmp_path / "empty")], out=str(tmp_path / "other"))


def test_contradicting_options_are_refused_before_anything_is_written(
    weights: str, store: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="PATH"):
        fundusfm.explain(weights=weights, out=str(out))
    with pytest.raises(ConfigError, match="--select"):
        fundusfm.explain(weights=weights, paths=["a.jpg"], select="age > 3", out=str(out))
    with pytest.raises(ConfigError, match="--limit"):
        fundusfm.explain(weights=weights, data=str(store), limit=0, out=str(out))
    with pytest.raises(LabelError, match="it has: abnormal, amd"):
        fundusfm.explain(weights=weights, data=str(store), label="dr", out=str(out))
    with pytest.raises(WeightsError, match="starting point"):
        fundusfm.explain(weights="scratch", data=str(store), out=str(out))
    assert not out.exists()
