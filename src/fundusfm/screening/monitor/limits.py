"""Control limits: the range of a period's value if nothing has changed.

Shewhart's charts, with limits that 99.73 % of the periods stay within, as three standard deviations of a normal
distribution do. For shares they are those of the predictive distribution (beta-binomial, with Jeffreys' prior for the
expectation), since three sigma of a small share would lie below zero; for means, of Student's t. Both widen where the
expectation itself rests on few photographs.

Two photographs of one person are no two observations, and the log does not know persons. Since a person has two eyes,
every photograph counts half.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import betabinom, binom, norm, t

from fundusfm.evaluation.weighted import Array

TAIL = float(norm.sf(3))
"""Share of the periods beyond each limit if nothing has changed: 0.135 %."""

FEWEST = 20
"""Photographs below which a period is not judged."""

_PER_PERSON = 2


@dataclass(frozen=True)
class Expected:
    """What a period is compared with.

    Attributes:
        value: Expected share or mean.
        photographs: Number that it rests on; infinite where it is known.
        spread: Standard deviation of single photographs; of no use for shares.
    """

    value: float
    photographs: float
    spread: float = 0.0


def expected_of(values: Array) -> Expected | None:
    """Returns the expectation that photographs give; None where they are too few.

    Args:
        values: One for each photograph; NaN where it does not count.
    """
    known = values[~np.isnan(values)]
    if len(known) < FEWEST:
        return None
    return Expected(float(known.mean()), float(len(known)), float(known.std(ddof=1)))


def share_limits(expected: Expected, photographs: int) -> tuple[float, float]:
    """Returns the limits of a share.

    Args:
        expected: Expected share.
        photographs: Number in the period.
    """
    n = max(1, photographs // _PER_PERSON)
    if np.isinf(expected.photographs):
        found = binom(n, expected.value)
    else:
        half = expected.photographs / _PER_PERSON
        found = betabinom(n, expected.value * half + 0.5, (1 - expected.value) * half + 0.5)
    # Rounded outwards where the expectation lies between two counts.
    low, high = found.ppf(TAIL) / n, found.ppf(1 - TAIL) / n
    return min(float(low), expected.value), max(float(high), expected.value)


def mean_limits(expected: Expected, photographs: int) -> tuple[float, float]:
    """Returns the limits of a mean; arguments as for `share_limits`."""
    reach = float(t.isf(TAIL, max(1.0, expected.photographs / _PER_PERSON - 1)))
    error = reach * expected.spread * np.sqrt(_PER_PERSON / photographs + _PER_PERSON / expected.photographs)
    return expected.value - float(error), expected.value + float(error)
