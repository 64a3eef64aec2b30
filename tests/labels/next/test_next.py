"""`fundusfm data next`, from a run and from a store."""

import json
from pathlib import Path

import pandas as pd
import pytest

import fundusfm
from fundusfm.errors import ConfigError

_BACKBONE = "mobilenetv2_035"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of which half the patients have labels, a run on it, and the bundle of an untrained network."""
    out = tmp_path_factory.mktemp("next")
    fundusfm.synth(out=str(out / "generated"), count=48, size=64, seed=6, workers=1)
    manifest = out / "generated" / "manifest.csv"
    table = pd.read_csv(manifest, dtype=str)
    table.loc[table.index >= 24, "abnormal"] = ""
    table.to_csv(manifest, index=False)
    fundusfm.prepare(manifest=str(manifest), size=64, out=str(out / "store"), workers=1)
    fundusfm.probe(
        data=str(out / "store"), labels=["abnormal"], weights="scratch", backbone=_BACKBONE, folds=2,
        out=str(out / "run"),
    )  # fmt: skip
    return out


def test_the_next_photographs_of_a_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = fundusfm.choose_next(source=str(folder / "run"), n=6, out=str(folder / "next.csv"))
    table = pd.read_csv(folder / "next.csv", dtype=str)
    assert len(table) == 6 and (table.groupby("patient").size() == 2).all()
    assert table["abnormal"].isna().all() and all(Path(name).is_file() for name in table["image"])
    assert {"rank", "uncertainty", "abnormal.probability"} <= set(table)
    assert found.curve is not None and found.curve.gain is None
    assert "at least 40 are needed" in capsys.readouterr().out
    assert json.loads((folder / "next.json").read_text())["curve"]["more"] == 6
    with pytest.raises(ConfigError, match="exists"):
        fundusfm.choose_next(source=str(folder / "run"), n=6, out=str(folder / "next.csv"))


def test_without_any_label_diversity_chooses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = fundusfm.choose_next(
        source=str(folder / "store"), weights=str(folder / "run"), n=4, out=str(folder / "diverse.csv")
    )
    assert len(found.table) == 4 and found.curve is None and "uncertainty" not in found.table
    assert "chosen by diversity alone" in capsys.readouterr().out


def test_fewer_photographs_than_asked_for_are_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fundusfm.choose_next(source=str(folder / "run"), n=60, out=str(folder / "all.csv"))
    assert "60 were asked for, and only 24 are without a label" in capsys.readouterr().out


def test_refusals(folder: Path) -> None:
    run, out = str(folder / "run"), str(folder / "refused.csv")
    with pytest.raises(ConfigError, match="has labels of its own"):
        fundusfm.choose_next(source=run, labels=["abnormal"], out=out)
    with pytest.raises(ConfigError, match="must be at least 1"):
        fundusfm.choose_next(source=run, n=0, out=out)
    with pytest.raises(ConfigError, match=r"should end in \.csv"):
        fundusfm.choose_next(source=run, out="next")
    with pytest.raises(ConfigError, match=r"Every photograph of .* has a label"):
        fundusfm.choose_next(source=str(folder / "store"), labels=["glaucoma"], weights=run, n=2, out=out)
    assert not Path(out).exists()
