"""One file has one score, whichever door it comes in by."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.server.conftest import uploads

import fundusfm


@pytest.mark.parametrize("side", [(333, 517), (90, 101), (1201, 1403)])
def test_every_door_gives_the_same_score(
    bundle: str, photographs: list[Path], client: TestClient, tmp_path: Path, side: tuple[int, int]
) -> None:
    with Image.open(photographs[0]) as picture:
        image = cv2.resize(np.asarray(picture.convert("RGB")), side, interpolation=cv2.INTER_CUBIC)
    path = tmp_path / "odd.jpg"
    Image.fromarray(image).save(path, quality=93)
    (tmp_path / "m.csv").write_text("image,abnormal,glaucoma\nodd.jpg,1,0\n")
    scores = {"load": fundusfm.load(bundle).predict(path, gate=False)["abnormal.score"].iloc[0]}
    fundusfm.evaluate(
        data=[str(tmp_path / "m.csv")], weights=bundle, labels=["abnormal"], out=str(tmp_path / "run"), repeats=1
    )
    predictions = pd.read_parquet(tmp_path / "run" / "predictions.parquet")
    scores["evaluate"] = predictions.set_index("label").loc["abnormal", "score"]
    table = fundusfm.predict(paths=[str(path)], weights=bundle, out=str(tmp_path / "out.csv"))
    (row,) = client.post("/v1/predict", files=uploads([path])).json()["rows"]
    if table["status"].iloc[0] == "ok":
        scores["predict"] = table["abnormal.score"].iloc[0]
        scores["REST"] = row["findings"][0]["score"]
        explained = fundusfm.explain(paths=[str(path)], weights=bundle, label="abnormal", out=str(tmp_path / "e"))
        scores["explain"] = explained["score"].iloc[0]
    assert np.ptp(list(scores.values())) < 1e-5, scores
