"""Shares of eyes, such as a sensitivity, with an interval by patient."""

import numpy as np
import numpy.typing as npt

from fundusfm.evaluation import closed_form
from fundusfm.evaluation.few import BOOTSTRAP
from fundusfm.evaluation.intervals import ConfidenceInterval


def share(hits: npt.NDArray[np.bool_], patients: npt.NDArray[np.intp]) -> ConfidenceInterval:
    """Returns a share with its 95 % Clopper-Pearson interval for eyes of patients.

    The number of independent eyes lies between that of patients and that of eyes: it is the one whose binomial variance
    is the variance of the share over patients (Korn and Graubard, Survey Methodology 24:193, 1998). Few patients do not
    tell it, so each of them then counts once.

    Args:
        hits: Which eyes count, shape `(n,)`.
        patients: Patient of each eye, shape `(n,)`.

    Returns:
        NaN where there is no eye.
    """
    if not len(hits):
        return ConfidenceInterval(np.nan, np.nan, np.nan)
    value = float(hits.mean())
    codes = np.unique(patients, return_inverse=True)[1]
    groups = int(codes.max()) + 1
    excess = np.bincount(codes, weights=hits - value)
    variance = float((excess**2).sum()) / len(hits) ** 2
    n = float(groups)
    if groups >= BOOTSTRAP and variance > 0:
        n = float(np.clip(value * (1 - value) / variance, groups, len(hits)))
    return ConfidenceInterval(value, *closed_form.proportion(value, n))
