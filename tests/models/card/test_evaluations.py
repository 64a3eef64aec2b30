"""A card takes results of its own weights only, each set once."""

import json
from pathlib import Path
from typing import Any

import pytest

from fundusfm.errors import ConfigError
from fundusfm.models.card.evaluations import with_results
from fundusfm.models.card.schema import Card

OWN = "a" * 64


@pytest.fixture
def card() -> Card:
    return Card(
        name="light",
        architecture="resnet50",
        strategy="fundus",
        size=64,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        crop="fov-v1",
        labels=["abnormal"],
        metrics={
            "cv": _cells(0.7),
            "external": {"rahim": _cells(0.6), "palm": _cells(0.5)},
            "subgroups": {"rahim": {"eye": {"left": _cells(0.1)}}},
        },
    )


def _cells(value: float, label: str = "abnormal") -> dict[str, Any]:
    cell = {"auroc": {"value": value, "low": value - 0.1, "high": value + 0.1}}
    return {label: cell, "macro": cell}


def _run(folder: Path, metrics: dict[str, Any]) -> str:
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return str(folder)


def _evaluation(folder: Path, weights: str = OWN, **sets: Any) -> str:
    groups = {name: {"sex": {"f": cells}} for name, cells in sets.items()}
    return _run(
        folder, {"cv": {}, "external": sets, "subgroups": groups, "weights": {"name": "other", "hash": weights}}
    )


def test_an_evaluation_gives_its_sets_and_subgroups(card: Card, tmp_path: Path) -> None:
    runs = [_evaluation(tmp_path / "one", rahim=_cells(0.9)), _evaluation(tmp_path / "two", clinic=_cells(0.8))]
    found = with_results(card, weights=OWN, runs=runs).metrics
    assert found["external"] == {"rahim": _cells(0.9), "palm": _cells(0.5), "clinic": _cells(0.8)}
    assert found["cv"] == _cells(0.7)
    assert found["subgroups"] == {"rahim": {"sex": {"f": _cells(0.9)}}, "clinic": {"sex": {"f": _cells(0.8)}}}
    assert card.metrics["external"]["rahim"] == _cells(0.6)


def test_a_training_run_gives_its_folds_only(card: Card, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = _run(
        tmp_path / "ff",
        {
            "cv": _cells(0.8),
            "external": {"rahim": _cells(0.1)},
            "subgroups": {"cv": {"sex": {"f": _cells(0.3)}}, "rahim": {"sex": {}}},
        },
    )
    found = with_results(card, weights=OWN, runs=[run]).metrics
    assert found["cv"] == _cells(0.8) and found["external"]["rahim"] == _cells(0.6)
    assert found["subgroups"] == {"rahim": {"eye": {"left": _cells(0.1)}}, "cv": {"sex": {"f": _cells(0.3)}}}
    assert "external sets (rahim) are left out" in capsys.readouterr().err


def test_other_weights_are_refused(card: Card, tmp_path: Path) -> None:
    run = _evaluation(tmp_path / "run", weights="b" * 64, rahim=_cells(0.9))
    with pytest.raises(ConfigError, match=r"judged other weights \(other, bbbbbbbbbbbb\) than light \(aaaaaaaaaaaa\)"):
        with_results(card, weights=OWN, runs=[run])


def test_other_labels_are_refused(card: Card, tmp_path: Path) -> None:
    run = _run(tmp_path / "run", {"cv": _cells(0.9, "glaucoma")})
    with pytest.raises(ConfigError, match="is about glaucoma, which light does not predict; its labels are abnormal"):
        with_results(card, weights=OWN, runs=[run])


def test_arteries_against_veins_are_results_of_a_network_that_finds_both(card: Card, tmp_path: Path) -> None:
    run = _evaluation(tmp_path / "run", drive=_cells(0.9, "artery_vein"))
    both = card.model_copy(update={"labels": ["vessels", "arteries", "veins"]})
    assert "artery_vein" in with_results(both, weights=OWN, runs=[run]).metrics["external"]["drive"]
    with pytest.raises(ConfigError, match="is about artery_vein"):
        with_results(card, weights=OWN, runs=[run])


def test_a_set_is_given_once(card: Card, tmp_path: Path) -> None:
    runs = [_evaluation(tmp_path / name, rahim=_cells(0.9)) for name in ("one", "two")]
    with pytest.raises(ConfigError, match=r"two and .*one both hold the set rahim"):
        with_results(card, weights=OWN, runs=runs)


def test_a_run_without_results(card: Card, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no results"):
        with_results(card, weights=OWN, runs=[_run(tmp_path / "run", {"upstream_validation": {"auroc": 0.9}})])
    with pytest.raises(ConfigError, match=r"nowhere/metrics\.json cannot be read"):
        with_results(card, weights=OWN, runs=[str(tmp_path / "nowhere")])
