"""`fundusfm.load(BUNDLE).predict(photographs)`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fundusfm
from fundusfm.data.store.reader import open_store
from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle, save_bundle
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.models.inference import logits, scores_from_logits
from fundusfm.models.predictor import Model

POINT = {"abnormal": {"youden": OperatingPoint(threshold=0.5, sensitivity=1, specificity=1)}}


@pytest.fixture
def model(make_bundle: Callable[..., Bundle]) -> Model:
    return Model(make_bundle(labels=("abnormal", "glaucoma"), operating_points=POINT, temperature={"abnormal": 2.0}))


def test_one_row_per_file_in_order_and_failures_keep_theirs(model: Model, store: Path, tmp_path: Path) -> None:
    photographs = list(open_store(str(store)).frame["source"][:3])
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    files = [photographs[0], broken, photographs[1], tmp_path / "absent.png", photographs[2]]
    table = model.predict(files, batch_size=2)
    assert list(table["image"]) == [str(file) for file in files]
    assert list(table["status"]) == ["ok", "failed", "ok", "failed", "ok"]
    failed, done = table[table["status"] == "failed"], table[table["status"] == "ok"]
    assert failed["reason"].str.len().gt(0).all() and failed["abnormal.score"].isna().all()
    assert done["fov_found"].all() and done["abnormal.score"].between(0, 1).all()
    assert (done["abnormal.decision"] == (done["abnormal.score"] >= 0.5)).all()
    assert "glaucoma.decision" not in table
    odds = {
        name: np.log(done[f"abnormal.{name}"].astype(float) / (1 - done[f"abnormal.{name}"].astype(float)))
        for name in ("score", "probability")
    }
    np.testing.assert_allclose(odds["probability"], odds["score"] / 2, atol=1e-6)


def test_scores_equal_those_from_the_store(model: Model, store: Path) -> None:
    part = open_store(str(store)).take([0, 1, 2, 3])
    table = model.predict(list(part.frame["source"]))
    expected = scores_from_logits(logits(model.bundle, part), "multilabel")
    # The store holds JPEGs of the crops, so they agree closely, not exactly.
    np.testing.assert_allclose(table[["abnormal.score", "glaucoma.score"]].to_numpy(float), expected, atol=0.05)


def test_no_files(model: Model) -> None:
    assert model.predict([]).empty


def test_load(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = make_bundle()
    save_bundle(tmp_path / "whole", bundle.network, bundle.card)
    assert fundusfm.load(tmp_path / "whole").bundle.hash == bundle.hash
    headless = make_bundle(labels=())
    save_bundle(tmp_path / "headless", headless.network, headless.card)
    with pytest.raises(WeightsError, match="without a head"):
        fundusfm.load(tmp_path / "headless")
    with pytest.raises(WeightsError, match="a starting point, not a model"):
        fundusfm.load("scratch")
