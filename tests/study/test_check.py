"""What is wrong with a study is found out before anything runs, with and without `--dry-run`."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.study.conftest import WriteStudy

import fundusfm
from fundusfm.errors import FundusFMError


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        ({"matrix": {"sizes": [32], "backbones": ["resnet5O"], "strategies": ["scratch"]}}, "near names: resnet50"),
        ({"tasks": {"a": {"data": "inside", "labels": ["abnorml"]}}}, "tasks.a, data set inside has no label column"),
        ({"tasks": {"a": {"data": "inside", "labels": ["abnormal"], "by": ["sox"]}}}, "`by` names the column sox"),
        ({"tasks": {"a": {"data": "inside", "labels": ["abnormal"], "select": "ag > 3"}}}, "tasks.a"),
        ({"upstream": {"data": ["inside"], "labels": ["abnormal", "x"]}}, "no row of inside has a known x"),
        ({"imagenet_weights": {"test_resnet": "gone.safetensors"}, "matrix": {"sizes": [32],
          "backbones": ["test_resnet"], "strategies": ["imagenet"]}}, "there is no file gone.safetensors"),
        ({"matrix": {"sizes": [32], "weights": {"mine": "gone.pth"}}}, "No weights 'gone.pth'"),
        ({"matrix": {"sizes": [32], "weights": {"mine": {"source": "scratch", "backbone": "resnet5O"}}}}, "near names"),
        ({"vessels": {"v": {"data": "outside"}}, "data": None}, "no column `vessels`"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_found_out_before_anything_runs(
    write_study: WriteStudy,
    tmp_path: Path,
    manifest: Path,
    other_manifest: Path,
    replaced: dict[str, Any],
    sentence: str,
    dry_run: bool,
) -> None:
    if "data" in replaced:
        plain = tmp_path / "plain.csv"
        frame = pd.read_csv(other_manifest).drop(columns="vessels")
        frame["image"] = [str(other_manifest.parent / name) for name in frame["image"]]
        frame.to_csv(plain, index=False)
        replaced = replaced | {"data": {"inside": str(manifest), "outside": str(plain)}}
    with pytest.raises(FundusFMError, match=sentence):
        fundusfm.study(spec=str(write_study(**replaced)), out=str(tmp_path / "out"), dry_run=dry_run)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_what_a_comparison_of_words_counts(
    write_study: WriteStudy, tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    word = pd.read_csv(manifest)["disease"].mode().iloc[0]
    path = write_study(tasks={"a": {"data": "inside", "labels": [f"sick=disease!={word}"]}})
    fundusfm.study(spec=str(path), out=str(tmp_path / "out"), dry_run=True)
    assert f"negative are {word} (" in capsys.readouterr().out
