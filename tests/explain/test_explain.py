"""`fundusfm explain` end to end: pictures in original pixels, one row per photograph, bad files included."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.errors import ConfigError, LabelError, WeightsError
from fundusfm.models.bundle import save_bundle
from fundusfm.models.network import build_network
from fundusfm.models.start import start_network


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
    fundusfm.explain(
        weights=weights,
        images=[str(bad), str(good), str(tmp_path / "gone.png")],
        label="amd",
        method="hirescam",
        out=str(tmp_path / "out"),
    )
    table = pd.read_csv(tmp_path / "out" / "explain.csv", keep_default_na=False)
    assert table["status"].tolist() == ["failed", "ok", "failed"]
    assert "not an image" in table["reason"][0]
    assert "does not exist" in table["reason"][2]
    assert table["label"][1] == "amd"


def test_folder_stands_for_its_images(weights: str, manifest: Path, tmp_path: Path) -> None:
    fundusfm.explain(weights=weights, images=[str(manifest.parent / "images")], limit=1, out=str(tmp_path / "out"))
    assert len(pd.read_csv(tmp_path / "out" / "explain.csv")) == 1
    with pytest.raises(ConfigError, match="folder without image files"):
        fundusfm.explain(weights=weights, images=[str(tmp_path / "out")], out=str(tmp_path / "other"))


def test_contradicting_options_are_refused_before_anything_is_written(
    weights: str, store: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="--images FILE"):
        fundusfm.explain(weights=weights, out=str(out))
    with pytest.raises(ConfigError, match="--select"):
        fundusfm.explain(weights=weights, images=["a.jpg"], select="age > 3", out=str(out))
    with pytest.raises(ConfigError, match="--limit"):
        fundusfm.explain(weights=weights, data=str(store), limit=0, out=str(out))
    with pytest.raises(LabelError, match="it has: abnormal, amd"):
        fundusfm.explain(weights=weights, data=str(store), label="dr", out=str(out))
    with pytest.raises(WeightsError, match="without a head"):
        fundusfm.explain(weights="scratch", data=str(store), out=str(out))
    assert not out.exists()
