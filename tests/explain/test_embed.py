"""Features of stores as a table, and a map that is the same for the same seed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.data.store.reader import open_store
from fundusfm.errors import ConfigError
from fundusfm.explain.maps import map_figure, write_map_page
from fundusfm.models.network import build_network
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle
from fundusfm.names import file_name
from fundusfm.report.save import figure_png


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


def test_without_a_map_the_features_alone_are_written(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "features"
    table = fundusfm.embed(weights="scratch", backbone="mobilenetv2_035", data=[str(store)], map=False, out=str(out))
    assert "f0000" in table and "tsne_x" not in table
    assert not list(out.glob("map_*"))
    assert "separation" in json.loads((out / "metrics.json").read_text())


def test_unknown_column_is_named(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--color colour: no store has such a column"):
        fundusfm.embed(weights="scratch", data=[str(store)], color=["colour"], out=str(tmp_path / "map"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a head, made for larger photographs than the store's."""
    card = start_network("scratch", backbone="mobilenetv2_035", size=96).card
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    network = build_network("mobilenetv2_035", outputs=1, size=96)
    save_bundle(folder, network, card.model_copy(update={"labels": ["abnormal"], "task": "binary"}))
    return folder


def test_another_size_than_the_backbones_is_used_and_said(
    bundle: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = fundusfm.embed(weights=str(bundle), data=[str(store)], out=str(tmp_path / "map"))
    assert len(table) == 32
    assert "the backbone was trained at 96 px and is used at 64 px" in (tmp_path / "map" / "log.txt").read_text()
    capsys.readouterr()


def test_columns_of_any_name_colour_the_map(store: Path, tmp_path: Path) -> None:
    frame = open_store(str(store)).frame
    names = ["site/camera", "a $1 <b> \\udcfc", "x" * 300]
    values = pd.Series(["</script><b>", "$x$", "right", "left"] * (len(frame) // 4))
    places = np.random.default_rng(0).normal(size=(len(frame), 2))
    for name in names:
        stem = tmp_path / file_name(f"map_{name}")
        figure_png(map_figure(places, values.rename(name), title=f"by {name}"))
        write_map_page(Path(f"{stem}.html"), places, frame.assign(**{name: values}).astype(str), name, title=name)
        page = Path(f"{stem}.html").read_text(encoding="utf-8")
        assert "</script><b>" not in page
    assert len(list(tmp_path.iterdir())) == len(names)


def test_nothing_is_written_where_the_photographs_are_too_few(store: Path, tmp_path: Path) -> None:
    first = open_store(str(store)).frame["image"].iloc[0]
    with pytest.raises(ConfigError, match="at least 8 photographs, and there are 1"):
        fundusfm.embed(weights="scratch", data=[str(store)], select=f"image == '{first}'", out=str(tmp_path / "map"))
    assert not (tmp_path / "map").exists()
