"""Logits and scores: the same as SciPy's, also where a plain formula overflows."""

import numpy as np
from scipy import special

from fundusfm.models.logistic import expit, logit, softmax

_LOGITS = np.array([[-800.0, -40.0, -1e-9, 0.0], [0.3, 5.0, 40.0, 800.0]])


def test_they_are_scipys() -> None:
    np.testing.assert_allclose(expit(_LOGITS), special.expit(_LOGITS), rtol=1e-13)
    np.testing.assert_allclose(softmax(_LOGITS, axis=1), special.softmax(_LOGITS, axis=1), rtol=1e-13)
    scores = np.array([1e-12, 0.2, 0.5, 1 - 1e-12])
    np.testing.assert_allclose(logit(scores), special.logit(scores), rtol=1e-12, atol=1e-15)


def test_nothing_overflows() -> None:
    with np.errstate(all="raise", under="ignore"):
        assert expit([-1000.0, 1000.0]).tolist() == [0.0, 1.0]
        assert softmax(np.array([[1000.0, 0.0]]), axis=1).tolist() == [[1.0, 0.0]]
