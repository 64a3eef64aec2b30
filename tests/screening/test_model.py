"""`fundusfm.load(BUNDLE)`: the rows of the command, features and maps, from whatever names a photograph."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.screening.pictures import encode, no_fundus

import fundusfm
from fundusfm.errors import ConfigError, DecodeError, LabelError, WeightsError
from fundusfm.models.trainable import load_bundle, save_bundle
from fundusfm.screening.model import Model


@pytest.fixture(scope="module")
def model(bundle: str) -> Model:
    return fundusfm.load(bundle)


@pytest.fixture
def files(photographs: list[Path], tmp_path: Path) -> list[Path]:
    """Two photographs, a cat, and a file without an image."""
    (tmp_path / "cat.png").write_bytes(encode(no_fundus()["chelsea"], ".png"))
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    return [photographs[0], tmp_path / "cat.png", tmp_path / "broken.jpg", photographs[1]]


def test_rows_are_those_of_the_command(model: Model, bundle: str, files: list[Path], tmp_path: Path) -> None:
    expected = fundusfm.predict(paths=[str(file) for file in files], weights=bundle, out=str(tmp_path / "out.csv"))
    found = model.predict(files, batch_size=3)
    assert list(found["status"]) == ["ok", "not_fundus", "failed", "ok"]
    pd.testing.assert_frame_equal(found, expected, check_exact=False, atol=2e-6)
    assert set(found["weights_sha256"]) == {model.bundle.hash}
    assert set(found["operating_point"]) == {"youden"}
    assert set(found["model"]) == {model.bundle.card.name}
    assert set(found["fundusfm"]) == {fundusfm.__version__}


def test_without_the_gate_everything_decoded_is_scored(model: Model, files: list[Path]) -> None:
    gated, free = model.predict(files), model.predict(files, gate=False)
    assert list(free["status"]) == list(gated["status"])
    assert list(free["reason"]) == list(gated["reason"])
    assert list(free["abnormal.score"].isna()) == [False, False, True, False]
    assert list(gated["abnormal.score"].isna()) == [False, True, True, False]


def test_whatever_names_a_photograph(model: Model, photographs: list[Path]) -> None:
    path = photographs[0]
    with Image.open(path) as picture:
        picture.load()
    pixels = np.asarray(picture.convert("RGB"))
    expected = model.predict([path]).loc[0, "abnormal.score"]
    for given in (str(path), path, (path,), iter([path]), picture, pixels, [pixels], pixels[None]):
        table = model.predict(given)
        assert len(table) == 1
        assert table.loc[0, "abnormal.score"] == pytest.approx(expected, abs=1e-4)
    assert list(model.predict([pixels, pixels])["image"]) == ["image 1", "image 2"]
    assert len(model.predict(path.parent)) == len(photographs)
    assert list(model.predict([]).columns) == list(model.predict(path).columns)


def test_what_is_no_photograph(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Photograph 1 is int: give paths, PIL images, or uint8 arrays"):
        model.predict([3])  # type: ignore[list-item]
    with pytest.raises(DecodeError, match="expected uint8 of shape"):
        model.predict(np.zeros((8, 8), np.uint8))


def test_features_are_those_before_the_head(model: Model, files: list[Path]) -> None:
    import torch

    found = model.features(files)
    assert list(np.isnan(found).all(axis=1)) == [False, False, True, False]
    network = model.bundle.load_network()
    assert found.shape == (4, network.num_features)
    head = network.get_classifier()  # type: ignore[operator]
    with torch.inference_mode():
        scores = head(torch.from_numpy(found[[0, 3]])).sigmoid().numpy()[:, 0]
    expected = model.predict(files)["abnormal.score"].iloc[[0, 3]].astype(float)
    np.testing.assert_allclose(scores, expected, atol=2e-6)
    assert model.features([]).shape == (0, found.shape[1])


def test_explain_draws_in_original_pixels(model: Model, files: list[Path], photographs: list[Path]) -> None:
    with Image.open(photographs[0]) as picture:
        width, height = picture.size
    heat = model.explain(photographs[0], "abnormal")
    assert heat.shape == (height, width)
    assert heat.dtype == np.float32
    assert 0 <= heat.min() <= heat.max() <= 1
    np.testing.assert_array_equal(heat, model.explain(photographs[0]))
    with pytest.raises(LabelError, match="no label 'glaucoma': abnormal"):
        model.explain(photographs[0], "glaucoma")
    with pytest.raises(ConfigError, match="one photograph at a time"):
        model.explain(photographs[0].parent)
    with pytest.raises(DecodeError, match="not an image"):
        model.explain(files[2])


def test_other_operating_points_and_none(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    stored = load_bundle(bundle)
    threshold = stored.card.operating_points["abnormal"]["specificity_0.95"].threshold
    table = fundusfm.load(bundle, operating_point="specificity_0.95").predict(photographs[:4])
    assert list(table["abnormal.decision"]) == [int(score >= threshold) for score in table["abnormal.score"]]
    save_bundle(tmp_path / "no-points", stored.network, stored.card.model_copy(update={"operating_points": {}}))
    table = fundusfm.load(tmp_path / "no-points").predict(photographs[0])
    assert table["abnormal.decision"].isna().all() and table["abnormal.score"].notna().all()
    with pytest.raises(ConfigError, match="have none"):
        fundusfm.load(tmp_path / "no-points", operating_point="youden")


def test_weights_are_pinned_by_their_hash(bundle: str) -> None:
    digest = load_bundle(bundle).hash
    assert fundusfm.load(f"{bundle}@{digest[:12]}").bundle.hash == digest
    with pytest.raises(WeightsError, match="asks for weights whose SHA-256 begins with 00000000"):
        fundusfm.load(f"{bundle}@00000000")


def test_bundles_that_cannot_screen(bundle: str, make_bundle: Callable[[list[str]], str]) -> None:
    with pytest.raises(WeightsError, match="without a head"):
        fundusfm.load(make_bundle([]))
    with pytest.raises(WeightsError, match="a starting point, not a model"):
        fundusfm.load("scratch")
