"""Features of stores as a table, and a map that is the same for the same seed."""

import json
from pathlib import Path

import pandas as pd
import pytest

import fundusfm
from fundusfm.errors import ConfigError


def test_table_maps_and_separation(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "map"
    fundusfm.embed(
        weights="scratch", backbone="mobilenetv2_035", data=[f"here={store}"], color=["disease", "age"], out=str(out)
    )
    table = pd.read_parquet(out / "features.parquet")
    assert len(table) == 32
    assert {"image", "patient", "tsne_x", "tsne_y", "f0000", "f1279"} <= set(table.columns)
    assert "sha256" not in table
    for column in ("disease", "age"):
        assert (out / f"map_{column}.png").stat().st_size > 5000
        page = (out / f"map_{column}.html").read_text(encoding="utf-8")
        assert Path(table["image"].iloc[0]).stem in page
    measured = json.loads((out / "metrics.json").read_text())["separation"]
    assert 0 <= measured["disease"]["knn_accuracy"] <= 1
    assert "age" not in measured, "neighbours do not classify a number"


def test_unknown_column_is_named(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--color colour: no store has such a column"):
        fundusfm.embed(weights="scratch", data=[str(store)], color=["colour"], out=str(tmp_path / "map"))
