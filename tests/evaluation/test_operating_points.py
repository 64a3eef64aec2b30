import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.evaluation.metrics import binary_metrics
from fundusfm.evaluation.operating_points import POINTS, operating_points


def test_youden_of_separable_scores_lies_in_the_gap():
    point = operating_points([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9])["youden"]
    assert point.threshold == pytest.approx(0.4)
    assert point.sensitivity == 1 and point.specificity == 1


def test_targets_are_met_and_no_more():
    truth = np.r_[np.zeros(100), np.ones(100)]
    score = np.r_[np.linspace(0, 0.7, 100), np.linspace(0.3, 1, 100)]
    points = operating_points(truth, score)
    assert points["sensitivity_0.95"].sensitivity == pytest.approx(0.95)
    assert points["specificity_0.95"].specificity == pytest.approx(0.95)


def test_unreachable_specificity_calls_nothing_positive():
    point = operating_points([0, 0, 1], [1.0, 1.0, 1.0])["specificity_0.95"]
    assert point.specificity == 1 and point.sensitivity == 0 and point.threshold > 1
    json.dumps(point.threshold, allow_nan=False)


def test_absent_class_has_none():
    assert operating_points([0, 0], [0.1, 0.2]) == {}
    assert operating_points([1, np.nan], [0.1, 0.2]) == {}


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60))
@settings(deadline=None, max_examples=50)
def test_thresholds_give_what_they_say(rows):
    truth, score = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows]) / 20
    points = operating_points(truth, score)
    assert set(points) in (set(), set(POINTS))
    best = (
        max(
            np.mean(score[truth == 1] >= threshold) - np.mean(score[truth == 0] >= threshold)
            for threshold in np.r_[np.unique(score), 2]
        )
        if points
        else 0
    )
    for name, point in points.items():
        found = binary_metrics(truth, score, threshold=point.threshold)
        assert found["sensitivity"] == pytest.approx(point.sensitivity)
        assert found["specificity"] == pytest.approx(point.specificity)
        if name == "youden":
            assert point.sensitivity + point.specificity - 1 == pytest.approx(best)
        else:
            assert getattr(point, name.split("_")[0]) >= 0.95 - 1e-9
