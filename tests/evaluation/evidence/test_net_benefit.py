import numpy as np
import pytest
from tests.evaluation.evidence.test_draws import plain_draws

from fundusfm.evaluation.evidence.draws import Draws
from fundusfm.evaluation.evidence.net_benefit import THRESHOLDS, net_benefit, net_benefit_curve
from fundusfm.evaluation.evidence.rates import Decider

_ILL, _WELL = 105, 645
_DCURVES = {
    # Threshold: true and false positives of `cancerpredmarker` in the example data of dcurves 1.1.7 (df_binary), and
    # the net benefit that it gives for the sample and for a prevalence of 0.3.
    0.05: (96, 320, 0.105544, 0.256007),
    0.10: (87, 193, 0.087407, 0.225298),
    0.20: (75, 98, 0.067333, 0.187697),
    0.35: (57, 36, 0.050154, 0.141820),
}


@pytest.mark.parametrize("threshold", _DCURVES)
def test_values_are_those_of_dcurves(threshold: float) -> None:
    found, alarms, sample, thirty = _DCURVES[threshold]
    sensitivity, specificity = np.array([found / _ILL]), np.array([1 - alarms / _WELL])
    at = np.array([threshold])
    assert net_benefit(sensitivity, specificity, 0.14, at) == pytest.approx(sample, abs=1e-6)
    assert net_benefit(sensitivity, specificity, 0.3, at) == pytest.approx(thirty, abs=1e-6)
    everybody = net_benefit(np.ones(1), np.zeros(1), 0.14, at)
    assert everybody == pytest.approx(0.14 - 0.86 * threshold / (1 - threshold))


def _decider(n: int, seed: int = 0) -> Decider:
    random = np.random.default_rng(seed)
    truth = (random.random(n) < 0.4).astype(float)
    probability = 1 / (1 + np.exp(-(2 * truth - 1 + random.normal(size=n))))
    return Decider("a", truth, np.round(probability), probability)


def _draws(n: int) -> Draws:
    return plain_draws(np.arange(n), repeats=50)


def test_a_curve_for_each_prevalence_with_a_band() -> None:
    curve, remark = net_benefit_curve(_decider(600), np.arange(600), "patient", _draws(600), [0.1, 0.3], None)
    assert remark == "" and len(curve) == 2 * len(THRESHOLDS)
    assert (curve["low"] <= curve["model"] + 0.02).all() and (curve["high"] >= curve["model"] - 0.02).all()
    first = curve[(curve["prevalence"] == 0.1) & (curve["threshold"] == 0.01)].iloc[0]
    assert first["everybody"] == pytest.approx(0.1 - 0.9 / 99)
    assert (curve["nobody"] == 0).all()


def test_few_patients_have_no_band_and_one_class_no_curve() -> None:
    curve, remark = net_benefit_curve(_decider(60), np.arange(60), "patient", _draws(60), [0.1], None)
    assert curve["low"].isna().all() and "no band: fewer than 100 patients" in remark
    alone = Decider("a", np.zeros(60), np.zeros(60), np.full(60, 0.2))
    curve, remark = net_benefit_curve(alone, np.arange(60), "patient", _draws(60), [0.1], None)
    assert curve.empty and "only 0 patients with a positive image" in remark


def test_probabilities_move_to_the_stated_prevalence() -> None:
    """At the prevalence that they are calibrated for nothing moves; elsewhere the model then beats both extremes."""
    decider, patients, draws = _decider(2000), np.arange(2000), _draws(2000)
    same, _ = net_benefit_curve(decider, patients, "patient", draws, [0.4], 0.4)
    plain, _ = net_benefit_curve(decider, patients, "patient", draws, [0.4], None)
    assert same["model"].to_numpy() == pytest.approx(plain["model"].to_numpy())
    moved, _ = net_benefit_curve(decider, patients, "patient", draws, [0.05], 0.4)
    middle = moved[(moved["threshold"] > 0.04) & (moved["threshold"] < 0.3)]
    assert (middle["model"] > middle[["everybody", "nobody"]].max(axis=1)).all()
