import numpy as np
import pytest

from fundusfm.evaluation.evidence.prevalence import npv, positive_share, ppv, predictive_values
from fundusfm.evaluation.evidence.rates import Rates
from fundusfm.evaluation.few import Counts
from fundusfm.models.card.results import Estimate

_COUNTS = Counts(100, 400, 500, 100, 400)


def _rates(sensitivity: Estimate, specificity: Estimate) -> Rates:
    return Rates(sensitivity, specificity, _COUNTS)


def test_predictive_values_by_hand() -> None:
    # 1,000 people, 100 ill: 80 found and 20 missed; of 900 well, 90 are false alarms.
    assert ppv(0.8, 0.9, 0.1) == pytest.approx(80 / 170)
    assert npv(0.8, 0.9, 0.1) == pytest.approx(810 / 830)
    assert positive_share(0.8, 0.9, 0.1) == pytest.approx(0.170)


def test_values_per_thousand_with_intervals() -> None:
    rates = _rates(Estimate(0.8, 0.7, 0.88), Estimate(0.9, 0.85, 0.94))
    found = dict(predictive_values(rates, 0.1))
    assert found["positives"].value == pytest.approx(170)
    assert found["false_positives"].value == pytest.approx(90)
    assert (found["false_positives"].low, found["false_positives"].high) == pytest.approx((54, 135))
    assert (found["missed"].value, found["missed"].low, found["missed"].high) == pytest.approx((20, 12, 30))
    for name in ("ppv", "npv"):
        assert 0 < found[name].low < found[name].value < found[name].high < 1


def test_nobody_called_positive_has_no_predictive_value() -> None:
    found = dict(predictive_values(_rates(Estimate(0.0, 0.0, 0.1), Estimate(1.0, 0.9, 1.0)), 0.1))
    assert np.isnan(found["ppv"].value) and "nobody is called positive" in str(found["ppv"].reason)
    assert found["npv"].value == pytest.approx(0.9)


def test_a_missing_rate_keeps_its_reason() -> None:
    rates = _rates(Estimate(np.nan, reason="no positive among 9 images"), Estimate(0.9, 0.8, 0.95))
    found = dict(predictive_values(rates, 0.1))
    assert np.isnan(found["ppv"].value) and found["ppv"].reason == "no positive among 9 images"
