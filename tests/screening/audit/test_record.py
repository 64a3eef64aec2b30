from fundusfm.screening.audit.record import TRACE, record
from fundusfm.screening.audit.trace import Trace

_ROW = {
    "image": "Jane Doe.jpg",
    "status": "ok",
    "reason": "Jane Doe.jpg says so",
    "quality": 0.9,
    "abnormal.decision": 1,
    "dr.decision": None,
    TRACE: Trace(sha256="ab", seconds=0.1, distance=0.4),
}


def test_a_record_holds_the_decision_and_no_words_of_the_row() -> None:
    found = record(_ROW, thresholds={"abnormal": 0.5, "dr": None}, operating_point="youden", rule=None)
    assert found["decisions"] == {"abnormal": 1}
    assert found["thresholds"] == {"abnormal": 0.5}
    assert found["photograph"]["sha256"] == "ab" and found["distance"] == 0.4
    assert found["rule"] is None and "Doe" not in str(found)


def test_a_row_without_a_trace_is_logged_without_a_hash() -> None:
    found = record({"status": "failed"}, thresholds={"abnormal": 0.5}, operating_point=None, rule=None)
    assert found["photograph"]["sha256"] is None
    assert found["quality"] is None and found["decisions"] == {}
