"""What a decision means where the disease is rarer or commoner than in the sample: per prevalence, by Bayes' rule.

Sensitivity and specificity are taken to be those of the sample. They hold elsewhere only if the diseased and the
healthy are alike, which the report says.
"""

from collections.abc import Iterator

import numpy as np

from fundusfm.evaluation.evidence.rates import Rates
from fundusfm.models.card.results import NAN, Estimate

PER = 1000
"""Photographs that counts are given for."""


def ppv(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Returns the positive predictive value: the share of those called positive who are.

    NaN where nobody is called positive.
    """
    return _share(prevalence * sensitivity, (1 - prevalence) * (1 - specificity))


def npv(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Returns the negative predictive value: the share of those called negative who are.

    NaN where nobody is called negative.
    """
    return _share((1 - prevalence) * specificity, prevalence * (1 - sensitivity))


def positive_share(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Returns the share of all photographs that are called positive."""
    return prevalence * sensitivity + (1 - prevalence) * (1 - specificity)


def predictive_values(rates: Rates, prevalence: float) -> Iterator[tuple[str, Estimate]]:
    """Yields `ppv`, `npv`, and per 1,000 photographs `positives`, `false_positives` and `missed`.

    Args:
        rates: Sensitivity and specificity.
        prevalence: Share of the photographs that show the disease, between 0 and 1.
    """
    nobody = "nobody is called {}, so there is no predictive value"
    for name, function, word in (("ppv", ppv, "positive"), ("npv", npv, "negative")):
        found = rates.derive(lambda se, sp, of=function: of(se, sp, prevalence), high=1.0)  # type: ignore[misc]
        if np.isnan(found.value) and not np.isnan(rates.sensitivity.value + rates.specificity.value):
            found = Estimate(NAN, reason=nobody.format(word))
        yield name, found
    yield "positives", rates.derive(lambda se, sp: PER * positive_share(se, sp, prevalence), high=PER)
    yield "false_positives", rates.derive(lambda se, sp: PER * (1 - prevalence) * (1 - sp), high=PER)
    yield "missed", rates.derive(lambda se, sp: PER * prevalence * (1 - se), high=PER)


def _share(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest > 0 else NAN
