"""The probe's head: folded standardisation, unknown labels, labels of one class, the choice of strength."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fundusfm.training.linear.linear_head import C_VALUES, aurocs, fit_head


def _data(rows: int = 120, width: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    features = (3 + rng.normal(size=(rows, width)) * rng.uniform(0.1, 5, size=width)).astype(np.float32)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    targets = (standard[:, :2] + rng.normal(size=(rows, 2)) > [0, 1]).astype(np.float32)
    return features, targets, np.array([f"p{row // 2}" for row in range(rows)], dtype=object)


def test_folded_head_is_scikit_learns_decision_function() -> None:
    features, targets, groups = _data()
    head = fit_head(features, targets[:, :1], groups, task="binary")
    assert head.C[0] in C_VALUES
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=head.C[0], tol=1e-9, max_iter=10_000))
    reference.fit(features.astype(np.float64), targets[:, 0])
    np.testing.assert_allclose(
        head.logits(features)[:, 0], reference.decision_function(features.astype(np.float64)), atol=1e-3
    )


def test_unknown_labels_are_left_out() -> None:
    features, targets, groups = _data()
    partly = targets.copy()
    partly[::3, 1] = np.nan
    # What stands in the rows of an unknown label must not matter to it, but they do standardise.
    both, alone = (fit_head(features, values, groups, task="multilabel") for values in (partly, targets))
    known = ~np.isnan(partly[:, 1])
    reference = LogisticRegression(C=both.C[1], tol=1e-9, max_iter=10_000)
    standard = StandardScaler().fit_transform(features.astype(np.float64))
    reference.fit(standard[known], partly[known, 1])
    np.testing.assert_allclose(both.logits(features)[:, 1], reference.decision_function(standard), atol=1e-3)
    assert not np.allclose(both.weight[1], alone.weight[1])


@pytest.mark.parametrize(("value", "sign"), [(0.0, -1), (1.0, 1), (np.nan, 0)])
def test_a_label_of_one_class_gets_a_constant_logit(value: float, sign: int) -> None:
    features, targets, groups = _data()
    targets[:, 1] = value
    head = fit_head(features, targets, groups, task="multilabel")
    assert head.C[1] is None and head.C[0] is not None
    assert np.ptp(head.logits(features)[:, 1]) == 0
    assert np.sign(head.bias[1]) == sign


def test_no_label_can_be_fitted() -> None:
    features, targets, groups = _data()
    head = fit_head(features, np.zeros_like(targets), groups, task="multilabel")
    assert head.C == [None, None] and np.isfinite(head.logits(features)).all()


def test_multiclass_ranks_the_present_classes_and_keeps_an_absent_one_unlikely() -> None:
    features, targets, groups = _data()
    classes = targets.sum(axis=1).astype(int)  # 0, 1, 2; class 3 never occurs
    one_hot = np.eye(4, dtype=np.float32)[classes]
    head = fit_head(features, one_hot, groups, task="multiclass")
    logits = head.logits(features)
    assert (aurocs(one_hot, logits)[[0, 2]] > 0.8).all()
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert probability[:, 3].max() < 0.1
    assert len({head.C[label] for label in range(3)}) == 1


def test_one_patient_alone_still_gets_a_head() -> None:
    features, targets, _ = _data(rows=10)
    targets[:, 0] = np.arange(10) % 2
    head = fit_head(features, targets[:, :1], np.full(10, "only", dtype=object), task="binary")
    assert np.isfinite(head.logits(features)).all()


def test_aurocs_know_absent_classes() -> None:
    targets = np.array([[1, 0, np.nan], [0, 0, 1], [1, 0, 0]], dtype=np.float32)
    np.testing.assert_array_equal(aurocs(targets, np.array([[2.0, 0, 0], [1, 0, 1], [3, 0, 0]])), [1.0, np.nan, 1.0])
