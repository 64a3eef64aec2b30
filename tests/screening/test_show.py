"""Results for people: one line for what was refused, a line per label for what was read."""

from fundusfm.screening.show import row_text


def test_a_row_that_was_read() -> None:
    row = {
        "image": "a.jpg",
        "status": "ok",
        "reason": "",
        "quality": 0.815,
        "abnormal.probability": 0.9124,
        "abnormal.decision": 1,
        "D.probability": 0.1,
        "D.decision": 0,
        "G.probability": 0.5,
        "G.decision": None,
    }
    assert row_text(row, ["abnormal", "D", "G"]).splitlines() == [
        "a.jpg: ok, quality 0.81",
        "  abnormal  probability 0.912  positive",
        "  D         probability 0.100  negative",
        "  G         probability 0.500",
    ]


def test_a_row_that_was_not() -> None:
    row = {"image": "cat.png", "status": "not_fundus", "reason": "no field of view", "quality": 0.0}
    assert row_text(row, ["abnormal"]) == "cat.png: not_fundus: no field of view"
