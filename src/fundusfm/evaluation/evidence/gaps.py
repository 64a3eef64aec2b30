"""Does a decision work less well for some people? Gaps between subgroups, beside the smallest that could show here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from fundusfm.evaluation.closed_form import combined
from fundusfm.evaluation.evidence.rates import Rates
from fundusfm.models.card.results import NAN, Estimate

Metric = Literal["sensitivity", "specificity"]

_REACH = float(norm.ppf(0.975) + norm.ppf(0.8))
"""Of a two-sided test at 5 % with a power of 80 %, in standard errors."""


@dataclass(frozen=True)
class Gap:
    """One subgroup compared with the largest one.

    Attributes:
        group: Name of the subgroup.
        metric: What is compared.
        value: The subgroup's own value.
        patients: Its patients of the class that the metric needs.
        reference: Name of the largest subgroup; empty for that itself.
        difference: The subgroup's value minus that of the largest one.
        detectable: Smallest loss against the largest subgroup that a sample of this size shows with a power of 80 %.
    """

    group: str
    metric: Metric
    value: Estimate
    patients: int
    reference: str
    difference: Estimate
    detectable: Estimate


def gaps(groups: dict[str, Rates]) -> Iterator[Gap]:
    """Yields, for sensitivity and then specificity, each subgroup beside the largest one.

    Args:
        groups: Name of the subgroup to its rates.
    """
    for metric in ("sensitivity", "specificity"):
        sizes = {
            name: rates.counts.positives if metric == "sensitivity" else rates.counts.negatives
            for name, rates in groups.items()
        }
        values: dict[str, Estimate] = {name: getattr(rates, metric) for name, rates in groups.items()}
        measured = [name for name in groups if not np.isnan(values[name].value)]
        largest = max(measured, key=lambda name: sizes[name], default="")
        for name in groups:
            if name == largest or name not in measured:
                none = Estimate(NAN, reason=values[name].reason if name not in measured else "the largest subgroup")
                yield Gap(name, metric, values[name], sizes[name], "", none, none)
                continue
            yield Gap(
                name,
                metric,
                values[name],
                sizes[name],
                largest,
                _difference(values[name], values[largest]),
                smallest_detectable(values[largest].value, sizes[name], sizes[largest]),
            )


def smallest_detectable(rate: float, patients: int, reference: int) -> Estimate:
    """Returns the smallest loss against a rate that two groups of these sizes show: two-sided test at 5 %, power 80 %.

    Cohen, Statistical Power Analysis, 1988, chapter 6: on the scale of the arcsine, where the spread of a proportion
    does not depend on it.

    Args:
        rate: Rate of the reference group.
        patients: Number of patients of the group.
        reference: Number of patients of the reference group.
    """
    effect = _REACH * np.sqrt(1 / patients + 1 / reference) / 2
    angle = float(np.arcsin(np.sqrt(rate))) - effect
    if angle <= 0:
        return Estimate(NAN, reason="too few: not even a rate of 0 would show as different")
    return Estimate(rate - float(np.sin(angle)) ** 2)


def _difference(one: Estimate, other: Estimate) -> Estimate:
    reason = "; ".join(dict.fromkeys(part.reason for part in (one, other) if part.reason)) or None
    value = one.value - other.value
    if np.isnan(one.low) or np.isnan(other.low):
        return Estimate(value, reason=reason)
    ends = [(one.low, one.high), (other.low, other.high)]
    low, high = combined(lambda first, second: first - second, [one.value, other.value], ends)
    return Estimate(value, max(low, -1.0), min(high, 1.0), reason)
