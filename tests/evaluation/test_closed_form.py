import numpy as np
import pytest
from scipy.stats import binomtest

from fundusfm.evaluation import closed_form


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (3, 7), (50, 60), (60, 60)])
def test_a_proportion_has_the_exact_interval(hits, n):
    expected = binomtest(hits, n).proportion_ci(0.95, method="exact")
    assert closed_form.proportion(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_score_interval_of_an_area():
    # Newcombe 2006, table III: the ends solve (area - value)^2 = z^2 variance(area); checked at both ends.
    m, n, value = 12, 20, 0.8
    for area in closed_form.auroc(value, m, n):
        half = (m + n) / 2
        variance = area * (1 - area) / (m * n) * (1 + (half - 1) * ((1 - area) / (2 - area) + area / (1 + area)))
        assert (area - value) ** 2 == pytest.approx(1.959964**2 * variance, rel=1e-4)


@pytest.mark.parametrize("value", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize(("m", "n"), [(1, 60), (2, 2), (40, 1)])
def test_an_area_always_has_an_interval_of_some_width(value, m, n):
    low, high = closed_form.auroc(value, m, n)
    assert 0 <= low <= value <= high <= 1 and high - low > 0.2


def test_classes_may_be_exchanged():
    low, high = closed_form.auroc(0.7, 5, 30)
    assert closed_form.auroc(0.3, 30, 5) == pytest.approx((1 - high, 1 - low))


def test_f1_follows_its_proportion():
    low, high = closed_form.f1(2 * 8 / (2 * 8 + 3 + 4), 15)
    expected = binomtest(8, 15).proportion_ci(0.95, method="exact")
    assert (low / (2 - low), high / (2 - high)) == pytest.approx((expected.low, expected.high))


def test_distances_are_added_as_squares():
    low, high = closed_form.combined(lambda a, b: (a + b) / 2, (0.8, 0.6), ((0.5, 0.9), (0.2, 0.7)))
    assert low == pytest.approx(0.7 - np.hypot(0.15, 0.2)) and high == pytest.approx(0.7 + np.hypot(0.05, 0.05))


def test_kappa_of_its_parts_is_kappa_of_the_table():
    from sklearn.metrics import cohen_kappa_score

    truth, called = np.repeat([1, 1, 0, 0], [9, 3, 4, 20]), np.repeat([1, 0, 1, 0], [9, 3, 4, 20])
    assert closed_form.kappa(9 / 12, 20 / 24, 12 / 36) == pytest.approx(cohen_kappa_score(truth, called))
    assert closed_form.kappa(1.0, 0.0, 1.0) == 0
