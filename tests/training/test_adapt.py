"""`fundusfm adapt`: a new bundle of the same network, refusals with their numbers, and a run like any other."""

import json
from pathlib import Path

import pandas as pd
import pytest

import fundusfm
from fundusfm.errors import ConfigError, FundusFMError, LabelError, RunFolderError
from fundusfm.models.bundle import Bundle, read_bundle
from fundusfm.models.card.referral import ReferralRule
from fundusfm.models.network import attach_head
from fundusfm.models.photographs import read_photographs
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle

_RULE = ReferralRule(goal="sensitivity", target=0.8, thresholds={"abnormal": 0.5})


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """An untrained network that scores `abnormal` and `dr`, with a rule and a known prevalence."""
    start = start_network("scratch", backbone="test_resnet", size=64)
    attach_head(start.network, 2)
    known = {label: {"prevalence": {"mean": 0.3, "low": 0.2, "high": 0.4}} for label in ("abnormal", "dr")}
    update = {"labels": ["abnormal", "dr"], "task": "multilabel", "name": "tiny", "referral": _RULE}
    card = start.card.model_copy(update=update | {"metrics": {"cv": known}})
    return save_bundle(tmp_path_factory.mktemp("base") / "bundle", start.network, card)


@pytest.fixture(scope="module")
def adapted(base: Bundle, store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adapted") / "run"
    fundusfm.adapt(
        weights=str(base.path), data=f"clinic={store}", half_width=0.3, prevalence=["abnormal=0.05"], out=str(out)
    )
    return out


def test_the_network_stays_and_the_card_says_what_happened(adapted: Path, base: Bundle) -> None:
    found = read_bundle(adapted / "bundle")
    assert found.hash == base.hash
    assert found.card.name == "tiny_clinic"
    assert found.card.temperature["abnormal"] != 1
    assert found.card.bias["abnormal"] < -1
    assert "dr" not in found.card.temperature
    assert found.card.referral is not None
    assert (found.card.referral.goal, found.card.referral.target) == ("sensitivity", 0.8)
    assert found.card.referral.sensitivity is not None
    step = found.card.lineage[-1]
    assert step.what == "probabilities and thresholds adapted to 32 photographs of clinic"
    assert step.detail["base_weights"] == base.hash
    assert step.detail["stated_prevalence"] == {"abnormal": 0.05}
    assert found.card.calibration.startswith("The probabilities are calibrated to how frequent each label is in 32 ")
    assert found.card.training_data[-1].rows == 32
    photographs = read_photographs(adapted / "bundle")
    assert photographs is not None
    assert len(photographs) == 32


def test_the_run_shows_before_and_after(adapted: Path) -> None:
    metrics = json.loads((adapted / "metrics.json").read_text())
    assert set(metrics["external"]) == set(metrics["referral"]) == {"before", "after"}
    assert set(metrics["gain"]["abnormal"]) == {"ece", "brier"}
    assert set(metrics["gain"]["referral"]) == {"specificity", "sensitivity"}
    predictions = pd.read_parquet(adapted / "predictions.parquet")
    assert predictions.groupby("set")["image"].nunique().to_dict() == {"after": 32, "before": 32}
    assert not (adapted / "stores").exists()
    page = (adapted / "report.html").read_text()
    for said in ("Adaptation: tiny_clinic", "before adaptation", "after adaptation", "Gain"):
        assert said in page
    assert "tuned nothing" not in page
    assert "No photograph knows dr, so nothing is measured for them." in page
    assert "With dr" not in page and ">dr<" not in page


def test_it_is_a_run_like_others(adapted: Path, base: Bundle, store: Path) -> None:
    call = {"weights": str(base.path), "data": f"clinic={store}", "half_width": 0.3, "prevalence": ["abnormal=0.05"]}
    before = (adapted / "bundle" / "card.json").read_text()
    fundusfm.adapt(**call, out=str(adapted), resume=True)  # type: ignore[arg-type]
    assert (adapted / "bundle" / "card.json").read_text() == before
    with pytest.raises(RunFolderError):
        fundusfm.adapt(**call, out=str(adapted))  # type: ignore[arg-type]


def test_photographs_that_it_has_seen_are_refused(adapted: Path, store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="were trained on 32 of these 32 photographs") as refused:
        fundusfm.adapt(weights=str(adapted), data=str(store), half_width=0.3, out=str(tmp_path / "again"))
    assert refused.value.code == "E-CONFIG-SEEN"


def test_without_labels_only_probabilities_move(base: Bundle, store: Path, tmp_path: Path) -> None:
    fundusfm.adapt(weights=str(base.path), data=str(store), unlabelled=True, out=str(tmp_path / "run"))
    card = read_bundle(tmp_path / "run" / "bundle").card
    assert set(card.bias) == {"abnormal", "dr"}
    assert (card.referral, card.temperature) == (_RULE, {})
    assert card.lineage[-1].what.endswith("photographs of synthetic without labels")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["estimated_prevalence"]["dr"]["training"] == 0.3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, r"14 positives; 62 are needed for ±0.1 at a sensitivity of 0.8 \(14 give ±0.21\)"),
        ({"specificity": 0.9}, r"18 normal eyes; 35 are needed for ±0.1 at a specificity of 0.9"),
        ({"prevalence": ["abnormal=1.2"]}, "--prevalence abnormal=1.2: a share is above 0 and below 1"),
        ({"prevalence": ["0.2"]}, "--prevalence 0.2: expected LABEL=SHARE, such as abnormal=0.12"),
        ({"prevalence": ["dr=0.2"], "half_width": 0.4}, "--prevalence dr: the photographs do not know this label"),
        ({"sensitivity": 1.0}, "--sensitivity is 1.0; it must be above 0 and below 1"),
        ({"specificity": 0.8, "sensitivity": 0.8}, "two goals for one rule"),
        ({"unlabelled": True, "labels": ["abnormal"]}, "--unlabelled goes without --labels"),
        ({"labels": ["glaucoma"]}, "do not predict glaucoma"),
        ({"weights": "light", "labels": ["abnormal"], "half_width": 0.4}, "64"),
    ],
)
def test_what_is_refused(base: Bundle, store: Path, tmp_path: Path, options: dict[str, object], said: str) -> None:
    call = {"weights": str(base.path), "data": str(store), "out": str(tmp_path / "run")} | options
    with pytest.raises(FundusFMError, match=said):
        fundusfm.adapt(**call)  # type: ignore[arg-type]
    assert not (tmp_path / "run" / "metrics.json").exists()


def test_a_label_without_positives_is_refused(base: Bundle, store: Path, tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="Label dr has 0 positives among 32 known rows"):
        fundusfm.adapt(
            weights=str(base.path), data=str(store), labels=["abnormal", "dr=abnormal>=2"], out=str(tmp_path / "run")
        )
