"""The batched solver finds what scikit-learn finds."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from fundusfm.training.linear.logistic import Axes, fit_path


def _data(rows: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(rows, 5))
    x = hidden @ rng.normal(size=(5, width)) + 0.3 * rng.normal(size=(rows, width)) + 2.0
    targets = (hidden[:, :3] + rng.normal(size=(rows, 3)) > [0.0, 0.8, -0.5]).astype(np.float64)
    return x, targets


@pytest.mark.parametrize(("rows", "width"), [(120, 20), (60, 150)])
@pytest.mark.parametrize("strength", [1e-4, 1e-2, 1.0])
def test_each_label_equals_scikit_learn(rows: int, width: int, strength: float) -> None:
    x, targets = _data(rows, width)
    targets[:7, 1] = np.nan
    axes = Axes.of(x)
    ((weight, bias),) = fit_path(
        axes.project(x), targets, [np.full(3, strength)], energy=axes.energy, softmaxed=False, tolerance=1e-7
    )
    weight, bias = axes.unproject(weight, bias)
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    for label in range(3):
        known = ~np.isnan(targets[:, label])
        reference = LogisticRegression(C=strength, tol=1e-9, max_iter=10_000)
        reference.fit(standard[known], targets[known, label])
        np.testing.assert_allclose(x @ weight[label] + bias[label], reference.decision_function(standard), atol=2e-4)


def test_multinomial_equals_scikit_learn() -> None:
    x, targets = _data(120, 20)
    classes = targets.sum(axis=1).astype(int)
    axes = Axes.of(x)
    ((weight, bias),) = fit_path(
        axes.project(x), np.eye(4)[classes], [np.full(4, 0.1)], energy=axes.energy, softmaxed=True, tolerance=1e-7
    )
    weight, bias = axes.unproject(weight, bias)
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    reference = LogisticRegression(C=0.1, tol=1e-9, max_iter=10_000).fit(standard, classes).decision_function(standard)
    ours = x @ weight.T + bias
    centred = ours - ours.mean(axis=1, keepdims=True)  # a constant added to all classes changes nothing
    np.testing.assert_allclose(centred, reference - reference.mean(axis=1, keepdims=True), atol=5e-4)


def test_a_path_ends_where_a_fresh_fit_does() -> None:
    x, targets = _data(80, 10)
    axes = Axes.of(x)
    options = {"energy": axes.energy, "softmaxed": False, "tolerance": 1e-7}
    *_, (warm, _) = fit_path(axes.project(x), targets, [np.full(3, c) for c in (1e-4, 1e-2, 1.0)], **options)  # type: ignore[arg-type]
    ((fresh, _),) = fit_path(axes.project(x), targets, [np.full(3, 1.0)], **options)  # type: ignore[arg-type]
    np.testing.assert_allclose(warm, fresh, atol=1e-5)


def test_a_constant_feature_gets_no_weight() -> None:
    x, targets = _data(60, 6)
    x[:, 2] = 5.0
    axes = Axes.of(x)
    ((weight, bias),) = fit_path(
        axes.project(x), targets, [np.full(3, 1.0)], energy=axes.energy, softmaxed=False, tolerance=1e-6
    )
    weight, bias = axes.unproject(weight, bias)
    assert np.isfinite(weight).all() and np.isfinite(bias).all()
    assert (weight[:, 2] == 0).all()
