import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, cohen_kappa_score, roc_auc_score

from fundusfm.evaluation.metrics import COUNTS, binary_metrics, multiclass_metrics
from fundusfm.evaluation.weighted import BinaryResamples, MulticlassResamples, Ranking

ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=30
)


@given(ROWS)
@settings(deadline=None)
def test_weights_are_the_same_as_repeating_rows(rows):
    truth = np.array([row[0] for row in rows], float)
    score, probability = (np.array([row[place] for row in rows]) / 12 for place in (1, 2))
    counts = np.array([row[3] for row in rows])
    if not counts.any():
        return
    thresholds = {"youden": np.full(len(rows), 0.5), "other": np.linspace(0, 1, len(rows))}
    found = BinaryResamples(truth, score, probability, thresholds).metrics(counts[:, None].astype(float))
    again = np.repeat(np.arange(len(rows)), counts)
    expected = binary_metrics(
        truth[again],
        score[again],
        probability=probability[again],
        threshold=thresholds["youden"][again],
        points={"other": thresholds["other"][again]},
    )
    assert set(found) == set(expected) - set(COUNTS)
    for metric, values in found.items():
        assert values[0] == pytest.approx(expected[metric], nan_ok=True, abs=1e-12), metric


def test_many_resamples_at_once_are_the_same_as_sklearn_one_by_one():
    rng = np.random.default_rng(1)
    truth, score = (rng.random(60) < 0.4).astype(float), np.round(rng.random(60), 1)
    weights = rng.integers(0, 3, (60, 7)).astype(float)
    areas = Ranking(truth, score).auroc_and_auprc(weights)
    for column, (area, precision) in enumerate(zip(*areas, strict=True)):
        assert area == pytest.approx(roc_auc_score(truth, score, sample_weight=weights[:, column]))
        assert precision == pytest.approx(average_precision_score(truth, score, sample_weight=weights[:, column]))


def test_a_resample_without_a_class_is_nan():
    ranking = Ranking(np.array([1.0, 0.0]), np.array([0.9, 0.1]))
    found, _ = ranking.auroc_and_auprc(np.array([[1.0, 0.0, 2.0], [1.0, 1.0, 0.0]]))
    assert found[0] == 1 and np.isnan(found[1:]).all()


def test_no_rows():
    assert np.isnan(Ranking(np.empty(0), np.empty(0)).auroc_and_auprc(np.ones((0, 2)))).all()


def test_an_unknown_threshold_leaves_decisions_undefined():
    found = BinaryResamples(
        np.array([0.0, 1.0]), np.array([0.2, 0.8]), np.array([0.2, 0.8]), {"youden": np.array([0.5, np.nan])}
    ).metrics(np.ones((2, 1)))
    assert np.isnan(found["kappa"][0]) and found["auroc"][0] == 1


@pytest.mark.parametrize("ordered", [False, True])
def test_multiclass_weights_are_the_same_as_repeating_rows(ordered):
    rng = np.random.default_rng(2)
    truth, called = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    counts = rng.integers(0, 3, 50)
    counts[truth == 3] = 0  # a class that this resample lacks
    found = MulticlassResamples(truth, called, 4, ordered).metrics(counts[:, None].astype(float))
    again = np.repeat(np.arange(50), counts)
    expected = multiclass_metrics(truth[again], called[again], classes=4, ordered=ordered)
    for metric, values in found.items():
        assert values[0] == pytest.approx(expected[metric]), metric
    assert expected["kappa"] == pytest.approx(
        cohen_kappa_score(truth[again], called[again], labels=range(4), weights="quadratic" if ordered else None)
    )
