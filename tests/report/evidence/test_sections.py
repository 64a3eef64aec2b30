import numpy as np
import pandas as pd

from fundusfm.evaluation.evidence.evidence import ProgrammeEvidence, ProgrammeMeasure
from fundusfm.evaluation.evidence.workload import Grader
from fundusfm.models.card.results import Estimate
from fundusfm.report.evidence.sections import Numbers, assumptions, percent, predictive_tables, short_names, summary
from fundusfm.report.page import Facts, Prose
from fundusfm.report.tables import PageTable

_KNOWN = Estimate(0.25, 0.2, 0.3)
_UNKNOWN = Estimate(np.nan, reason="no positive among 9 images")


def _numbers() -> Numbers:
    measures = []
    for label, found in (("D", _KNOWN), ("referral", _UNKNOWN)):
        for quantity in ("sensitivity", "specificity"):
            measures.append(ProgrammeMeasure("camera", label, quantity, found))
        for prevalence in (0.05, 0.1):
            for quantity in ("ppv", "npv", "positives", "false_positives", "missed"):
                measures.append(ProgrammeMeasure("camera", label, quantity, found, prevalence))
    return Numbers(ProgrammeEvidence(measures, pd.DataFrame()), short_names({"D": "Diabetic retinopathy"}))


def test_a_decision_that_cannot_be_judged_is_one_row_with_its_reason() -> None:
    (table,) = predictive_tables(_numbers(), [0.05, 0.1])
    assert isinstance(table, PageTable)
    assert [(row[0].text, row[0].detail) for row in table.rows] == [
        ("Referral rule", "at 5 %"),
        ("Diabetic retinopathy", "at 5 %"),
        ("Diabetic retinopathy", "at 10 %"),
    ]
    assert table.notes == ["no positive among 9 images"]


def test_the_summary_names_labels_in_words() -> None:
    (facts,) = summary(_numbers(), [0.05, 0.1])
    assert isinstance(facts, Facts)
    assert [fact.value for fact in facts.items] == ["25.0", "0.2"]
    assert all(fact.name.startswith("Diabetic retinopathy") and "at 5 %" in fact.detail for fact in facts.items)


def test_assumptions_state_the_grader() -> None:
    (prose,) = assumptions(Grader(0.85, 0.9), "youden", ["A remark."])
    assert isinstance(prose, Prose)
    assert any("85 %" in line and "90 %" in line for line in prose.paragraphs)
    assert prose.paragraphs[-1] == "A remark."


def test_shares_read_as_per_cent() -> None:
    assert [percent(share) for share in (0.12, 0.005, 0.125)] == ["12 %", "0.5 %", "12.5 %"]
