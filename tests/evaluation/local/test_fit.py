"""What local photographs change in a card, and what too few of them leave as it was."""

import numpy as np
import pytest
from scipy.special import expit, logit

from fundusfm.errors import ConfigError
from fundusfm.evaluation.local.fit import adapted_card, estimated_prevalence, observed_prevalence, with_prevalence
from fundusfm.evaluation.local.judgement import gains, judge, judge_adapted
from fundusfm.evaluation.referral import referable_eyes
from fundusfm.models.calibrate import probabilities
from fundusfm.models.card.referral import ReferralRule
from fundusfm.models.card.schema import Card, OperatingPoint


def _card(labels: tuple[str, ...] = ("D", "G"), task: str = "multilabel") -> Card:
    point = OperatingPoint(threshold=0.5, sensitivity=0.8, specificity=0.8)
    return Card(
        name="tiny", architecture="resnet50", strategy="fundus", size=64, mean=[0.5] * 3, std=[0.25] * 3, crop="fov-v1",
        labels=list(labels), task=task, operating_points={label: {"youden": point} for label in labels},  # type: ignore[arg-type]
        referral=ReferralRule(goal="specificity", target=0.8, thresholds=dict.fromkeys(labels, 0.5)),
        metrics={"cv": {label: {"prevalence": {"mean": 0.4, "low": 0.3, "high": 0.5}} for label in labels}},
    )  # fmt: skip


def _local(n: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are too high and too sure by a factor of two; D is in a fifth of the photographs, G in one."""
    rng = np.random.default_rng(seed)
    chance = expit(rng.normal(-1.5, 1.2, (n, 2)))
    truth = (rng.random((n, 2)) < chance).astype(float)
    truth[:, 1] = 0
    truth[0, 1] = 1
    return truth, expit(2 * logit(chance) + 2)


def test_probabilities_thresholds_and_rule_follow_and_the_rest_stays() -> None:
    truth, score = _local()
    card = adapted_card(_card(), truth, score, goal="specificity", target=0.9)
    found = probabilities(score, card)[:, 0]
    assert abs(found.mean() - truth[:, 0].mean()) < 0.02
    assert card.temperature["D"] == pytest.approx(2, rel=0.3)
    assert card.operating_points["D"] != _card().operating_points["D"]
    assert card.operating_points["G"] == _card().operating_points["G"]
    assert "G" not in card.temperature
    assert card.referral is not None
    normal, _ = referable_eyes(card.labels, truth)
    refer = judge(card, score).refer
    assert refer is not None
    assert 1 - refer[normal].mean() == pytest.approx(0.9, abs=0.01)
    assert card.referral.thresholds["D"] == pytest.approx(card.referral.thresholds["G"])


def test_a_card_without_a_rule_gets_one() -> None:
    truth, score = _local()
    card = adapted_card(_card().model_copy(update={"referral": None}), truth, score, goal="sensitivity", target=0.9)
    assert card.referral is not None
    assert card.referral.goal == "sensitivity"


def test_other_folds_judge_and_the_gain_has_an_interval() -> None:
    truth, score = _local()
    patients = np.arange(len(truth)) // 2
    after = judge_adapted(_card(), truth, score, patients % 5, goal="specificity", target=0.8)
    found = gains(["D", "G"], truth, score, patients, judge(_card(), score), after, seed=0)
    assert found["D"]["ece"].after < 0.05 < found["D"]["ece"].before
    assert found["D"]["ece"].high < 0
    assert found["D"]["brier"].high < 0
    assert found["referral"]["specificity"].after == pytest.approx(0.8, abs=0.05)
    assert found["referral"]["specificity"].low > 0
    assert found["referral"]["sensitivity"].after < found["referral"]["sensitivity"].before


def test_prevalence_moves_probabilities_and_no_decision() -> None:
    truth, score = _local()
    fitted = adapted_card(_card(), truth, score, goal="specificity", target=0.8)
    rare = with_prevalence(fitted, {"D": 0.02}, observed_prevalence(fitted, truth))
    assert probabilities(score, rare)[:, 0].mean() < 0.06
    assert rare.referral == fitted.referral
    assert (judge(rare, score).refer == judge(fitted, score).refer).all()


def test_without_labels_the_share_is_estimated() -> None:
    rng = np.random.default_rng(2)
    sick = rng.random(4000) < 0.1
    score = expit(rng.normal(np.where(sick, 1.0, -1.0), np.sqrt(2)) + logit(0.4))
    found = estimated_prevalence(_card(("D",), "binary"), score[:, None])
    assert found.low["D"] < 0.1 < found.high["D"]
    assert found.priors["D"] == 0.4
    assert found.plain()["D"]["value"] == found.shares["D"]
    unknown = _card(("D",), "binary").model_copy(update={"metrics": {}})
    with pytest.raises(ConfigError, match="tiny does not say how frequent D was"):
        estimated_prevalence(unknown, score[:, None])


def test_classes_are_calibrated_together() -> None:
    rng = np.random.default_rng(3)
    actual = rng.integers(0, 2, 400)
    score = np.abs(np.eye(2)[actual] - rng.random((400, 1)) * 0.6)
    score /= score.sum(axis=1, keepdims=True)
    card = _card(("Normal", "D"), "multiclass").model_copy(
        update={"referral": ReferralRule(goal="specificity", target=0.8, thresholds={"D": 0.5})}
    )
    found = adapted_card(card, np.eye(2)[actual], score, goal="specificity", target=0.8)
    assert set(found.bias) == {"Normal", "D"}
    assert probabilities(score, found).sum(axis=1) == pytest.approx(1)
