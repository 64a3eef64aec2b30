"""How frequent labels are among photographs that nobody has labelled, and what follows for probabilities.

Saerens, Latinne and Decaestecker, Neural Computation 14:21, 2002: if only the frequencies of the classes differ from
the training data, and not what each class looks like, they are the fixed point of averaging corrected probabilities.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import logit

Array = npt.NDArray[np.float64]

_STEPS = 1000
_SAME = 1e-8
_EDGE = 1e-4


def estimate_prevalence(probability: Array, prior: Array) -> Array:
    """Returns the share of each class by expectation maximisation.

    Args:
        probability: Calibrated probabilities of classes that exclude each other, shape `(n, classes)`, rows sum to 1.
        prior: Share of each class in the data that the probabilities are calibrated to, shape `(classes,)`.

    Returns:
        Shares, shape `(classes,)`; those of `prior` where there is no photograph.
    """
    found = prior
    if not len(probability):
        return found
    for _ in range(_STEPS):
        corrected = probability * (found / prior)
        corrected /= corrected.sum(axis=1, keepdims=True)
        updated: Array = corrected.mean(axis=0)
        if np.abs(updated - found).max() < _SAME:
            return updated
        found = updated
    return found


def label_prevalence(probability: Array, prior: float) -> float:
    """Returns the share of photographs with a label, from its probabilities `(n,)`; see `estimate_prevalence`."""
    both = np.column_stack([1 - probability, probability])
    return float(estimate_prevalence(both, np.array([1 - prior, prior]))[1])


def shift_of(prevalence: float, prior: float) -> float:
    """Returns the bias in logits that moves probabilities from one prevalence to another, both in 0..1."""
    ends = np.clip([prevalence, prior], _EDGE, 1 - _EDGE)
    return float(logit(ends[0]) - logit(ends[1]))
