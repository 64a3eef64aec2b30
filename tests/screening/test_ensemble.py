"""Several bundles speak as one, and decide at an operating point."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.card.referral import REFERRAL, ReferralRule
from fundusfm.models.trainable import load_bundle, save_bundle
from fundusfm.screening.ensemble import Ensemble
from fundusfm.screening.screener import Screener


def _read(paths: list[Path]) -> list[Photograph]:
    return [Photograph(path.name, path.read_bytes()) for path in paths]


def test_an_ensemble_is_the_mean_of_its_members(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    import torch

    loaded = load_bundle(bundle)
    with torch.no_grad():
        loaded.network.get_classifier().bias.add_(1.0)  # type: ignore[operator]
    points = loaded.card.operating_points["abnormal"]
    moved = {name: point.model_copy(update={"threshold": 0.9}) for name, point in points.items()}
    card = loaded.card.model_copy(update={"operating_points": {"abnormal": moved}})
    save_bundle(tmp_path / "other", loaded.network, card)
    names = [bundle, str(tmp_path / "other")]
    alone = [Screener([name]).screen(_read(photographs[:4])) for name in names]
    both = Screener(names)
    threshold = (points["youden"].threshold + 0.9) / 2
    for one, two, row in zip(*alone, both.screen(_read(photographs[:4])), strict=True):
        for column in ("abnormal.score", "abnormal.probability"):
            assert row[column] == pytest.approx((one[column] + two[column]) / 2, abs=2e-6)
        assert row["abnormal.decision"] == int(row["abnormal.score"] >= threshold)


def test_weights_that_cannot_screen(bundle: str, make_bundle: Callable[[list[str]], str]) -> None:
    with pytest.raises(WeightsError, match="is a starting point, not a model"):
        Screener(["imagenet"])
    with pytest.raises(ConfigError, match="an ensemble needs bundles of the same labels"):
        Screener([bundle, make_bundle(["glaucoma"])])
    with pytest.raises(WeightsError, match="a backbone without a head"):
        Screener([make_bundle([])])


def test_another_operating_point_later(bundle: str) -> None:
    points = load_bundle(bundle).card.operating_points["abnormal"]
    ensemble = Ensemble([bundle])
    assert ensemble.thresholds == {"abnormal": None}
    ensemble.decide_at("specificity_0.95")
    assert ensemble.thresholds == {"abnormal": points["specificity_0.95"].threshold}
    with pytest.raises(ConfigError, match="--weights needs at least one bundle"):
        Ensemble([])


def test_the_rule_decides_by_default(bundle: str, tmp_path: Path) -> None:
    loaded = load_bundle(bundle)
    rule = ReferralRule(goal="specificity", target=0.8, thresholds={"abnormal": 0.123})
    save_bundle(tmp_path / "ruled", loaded.network, loaded.card.model_copy(update={"referral": rule}))
    ruled = Screener([str(tmp_path / "ruled")])
    assert (ruled.operating_point, ruled.ensemble.thresholds) == (REFERRAL, {"abnormal": 0.123})
    assert Screener([str(tmp_path / "ruled")], operating_point="youden").operating_point == "youden"
    assert Screener([str(tmp_path / "ruled")], decides=False).ensemble.thresholds == {"abnormal": None}
