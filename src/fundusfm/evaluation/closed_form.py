"""Intervals that hold for a handful of patients, where resampling them gives intervals that are far too narrow.

Each is computed from a value and the number of patients behind it. `benchmarks/reliability/coverage.py` shows by
simulation how often they hold the true value.
"""

from collections.abc import Callable, Sequence
from math import sqrt

from scipy.optimize import brentq
from scipy.stats import beta, norm

Bounds = tuple[float, float]

_Z = float(norm.ppf(0.975))
_EDGE = 1e-9


def proportion(value: float, n: float) -> Bounds:
    """Returns the 95 % Clopper-Pearson interval of a proportion.

    For a mean of values in 0..1 that are not all 0 or 1 it is conservative, since no such values vary more.

    Args:
        value: In 0..1.
        n: Number of independent observations; a fraction where it is an effective number.
    """
    hits = value * n
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits > _EDGE else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if n - hits > _EDGE else 1.0
    return min(low, value), max(high, value)


def auroc(value: float, positives: int, negatives: int) -> Bounds:
    """Returns the 95 % score interval of an area under the ROC curve.

    Newcombe, Statistics in Medicine 25:559, 2006, method 5: the ends are the areas at which the value lies 1.96
    standard errors away, so that it holds even where the value is 1 or a class has one patient.

    Args:
        value: In 0..1.
        positives: Patients with a positive image.
        negatives: Patients with a negative image.
    """
    half = (positives + negatives) / 2

    def excess(area: float) -> float:
        spread = area * (1 - area) / (positives * negatives)
        spread *= 1 + (half - 1) * ((1 - area) / (2 - area) + area / (1 + area))
        return (area - value) ** 2 - _Z**2 * spread

    low = float(brentq(excess, 0.0, value - _EDGE)) if value > 2 * _EDGE else 0.0
    high = float(brentq(excess, value + _EDGE, 1.0)) if value < 1 - 2 * _EDGE else 1.0
    return low, high


def f1(value: float, n: float) -> Bounds:
    """Returns the 95 % interval of an F1 score.

    F1 is 2 J / (1 + J), where J = TP / (TP + FP + FN) is a proportion of the images that are positive, called
    positive, or both.

    Args:
        value: In 0..1.
        n: Number of those images, counted as patients.
    """
    low, high = proportion(value / (2 - value), n)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def combined(function: Callable[..., float], values: Sequence[float], bounds: Sequence[Bounds]) -> Bounds:
    """Returns the interval of a function of independent quantities from their own intervals.

    Newcombe's square-and-add, in the general form of Zou and Donner, Statistics in Medicine 27:1693, 2008: the
    distances by which each quantity's ends move the function are added as squares.

    Args:
        function: Takes as many numbers as there are values, and is monotone in each.
        values: Estimate of each quantity.
        bounds: Interval of each quantity.
    """
    centre = function(*values)
    below, above = 0.0, 0.0
    for place, ends in enumerate(bounds):
        moved = [function(*values[:place], end, *values[place + 1 :]) - centre for end in ends]
        below += min(*moved, 0.0) ** 2
        above += max(*moved, 0.0) ** 2
    return centre - sqrt(below), centre + sqrt(above)


def kappa(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Returns Cohen's kappa of a two-class decision; 0 where everything is called, and is, one class."""
    called = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
    chance = prevalence * called + (1 - prevalence) * (1 - called)
    agreed = prevalence * sensitivity + (1 - prevalence) * specificity
    return (agreed - chance) / (1 - chance) if chance < 1 else 0.0
