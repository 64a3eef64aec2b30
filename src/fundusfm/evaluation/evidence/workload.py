"""What a first grader is spared, and what is missed for it, where the model filters before or replaces them.

Per 1,000 photographs at a stated prevalence. Given the truth, model and grader are taken to err independently. In
practice both find the same photographs hard, so that a filter misses less in addition than is computed here: what the
model misses, the grader would often have missed too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fundusfm.evaluation.evidence.prevalence import PER, positive_share
from fundusfm.evaluation.evidence.rates import Rates
from fundusfm.models.card.results import Estimate


@dataclass(frozen=True)
class Grader:
    """The person who grades photographs first.

    Attributes:
        sensitivity: Share of the diseased that they refer.
        specificity: Share of the healthy that they do not refer.
    """

    sensitivity: float
    specificity: float


def workload(rates: Rates, prevalence: float, grader: Grader) -> Iterator[tuple[str, Estimate]]:
    """Yields, per 1,000 photographs, numbers named `QUANTITY@WAY`.

    `WAY` is `grader` (the grader alone sees all photographs), `filter` (the grader sees what the model calls positive)
    and `replace` (the model decides alone). `QUANTITY` is `graded` (photographs that the grader sees), `referred`,
    `missed` (diseased who are not referred), and, compared with the grader alone, `saved` and `missed_more`, which is
    negative where fewer are missed.

    Args:
        rates: Sensitivity and specificity of the model.
        prevalence: Share of the photographs that show the disease, between 0 and 1.
        grader: The grader's own sensitivity and specificity.
    """
    ill, well = PER * prevalence, PER * (1 - prevalence)
    alone = ill * (1 - grader.sensitivity)
    yield "graded@grader", _exact(PER)
    yield "referred@grader", _exact(PER * positive_share(grader.sensitivity, grader.specificity, prevalence))
    yield "missed@grader", _exact(alone)

    yield "graded@filter", rates.derive(lambda se, sp: ill * se + well * (1 - sp), high=PER)
    yield "saved@filter", rates.derive(lambda se, sp: ill * (1 - se) + well * sp, high=PER)
    yield (
        "referred@filter",
        rates.derive(lambda se, sp: ill * se * grader.sensitivity + well * (1 - sp) * (1 - grader.specificity)),
    )
    yield "missed@filter", rates.derive(lambda se, sp: ill * (1 - se * grader.sensitivity), high=ill)
    yield "missed_more@filter", rates.derive(lambda se, sp: ill * (1 - se) * grader.sensitivity, high=ill)

    yield "graded@replace", _exact(0.0)
    yield "saved@replace", _exact(PER)
    yield "referred@replace", rates.derive(lambda se, sp: ill * se + well * (1 - sp), high=PER)
    yield "missed@replace", rates.derive(lambda se, sp: ill * (1 - se), high=ill)
    yield "missed_more@replace", rates.derive(lambda se, sp: ill * (1 - se) - alone, low=-alone, high=ill)


def _exact(value: float) -> Estimate:
    return Estimate(value, value, value)
