import pytest

from fundusfm.evaluation.evidence.rates import Rates
from fundusfm.evaluation.evidence.workload import Grader, workload
from fundusfm.evaluation.few import Counts
from fundusfm.models.card.results import Estimate


def test_a_thousand_photographs_by_hand() -> None:
    # 100 ill and 900 well; the model finds 90 and lets 180 well pass; the grader finds 80 % and lets 5 % pass.
    rates = Rates(Estimate(0.9, 0.85, 0.95), Estimate(0.8, 0.78, 0.82), Counts(100, 900, 1000, 100, 900))
    found = {name: cell.value for name, cell in workload(rates, 0.1, Grader(0.8, 0.95))}
    assert found == pytest.approx(
        {
            "graded@grader": 1000, "referred@grader": 125, "missed@grader": 20,
            "graded@filter": 270, "saved@filter": 730, "referred@filter": 81, "missed@filter": 28,
            "missed_more@filter": 8,
            "graded@replace": 0, "saved@replace": 1000, "referred@replace": 270, "missed@replace": 10,
            "missed_more@replace": -10,
        }
    )  # fmt: skip


def test_intervals_follow_those_of_the_model() -> None:
    rates = Rates(Estimate(0.9, 0.85, 0.95), Estimate(0.8, 0.78, 0.82), Counts(100, 900, 1000, 100, 900))
    more = dict(workload(rates, 0.1, Grader(0.8, 0.95)))["missed_more@replace"]
    assert (more.low, more.high) == pytest.approx((-15, -5))
