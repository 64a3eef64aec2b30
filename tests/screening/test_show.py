"""Results for people: the decision first, one line for what was refused, a line per label for what was read."""

from fundusfm.screening.show import failed_text, outcome_text, referral_counts, referral_text, row_text

_NAMES = {"D": "Diabetic retinopathy"}
_ROW = {
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


def test_a_row_that_was_read() -> None:
    decided = _ROW | {"refer": "yes", "why": "Diabetic retinopathy", "uncertain": 1}
    assert row_text(decided, ["abnormal", "D", "G"], _NAMES).splitlines() == [
        "a.jpg: refer: Diabetic retinopathy (uncertain), quality 0.81",
        "  abnormal              probability 0.912  positive",
        "  Diabetic retinopathy  probability 0.100  negative",
        "  G                     probability 0.500",
    ]


def test_decisions_of_another_operating_point_name_it() -> None:
    decided = _ROW | {"refer": "no", "why": "", "uncertain": 0}
    assert row_text(decided, ["abnormal"], _NAMES, "youden").splitlines()[1].endswith("positive at youden")
    assert row_text(decided, ["D"], _NAMES, "referral").splitlines()[1].endswith("negative")


def test_a_model_without_a_rule_shows_the_status() -> None:
    assert row_text(_ROW | {"refer": None, "why": None}, ["D"], {}).splitlines()[0] == "a.jpg: ok, quality 0.81"


def test_a_row_that_was_not() -> None:
    row = {"image": "cat.png", "status": "not_fundus", "reason": "no field of view", "quality": 0.0}
    assert row_text(row, ["abnormal"], {}) == "cat.png: not_fundus: no field of view"
    again = row | {"status": "ungradable", "refer": "take_again", "reason": "too dark"}
    assert row_text(again, ["abnormal"], {}) == "cat.png: take again: too dark"


def test_decisions_are_counted_in_the_order_of_their_weight() -> None:
    counts = referral_counts(["no", "take_again", "no", "yes"])
    assert counts == {"yes": 1, "no": 2, "take_again": 1}
    assert referral_text(counts) == "1 refer, 2 do not refer, 1 take again"
    assert referral_counts([None]) == {}


def test_outcomes_count_decisions_or_positives_where_there_is_no_rule() -> None:
    statuses = {"ok": 3, "ungradable": 1}
    decided = outcome_text({"yes": 2, "no": 1, "take_again": 1}, {"D": 1}, statuses, _NAMES)
    assert decided == "2 refer, 1 do not refer, 1 take again; 3 ok, 1 ungradable"
    assert outcome_text({}, {"D": 1, "G": 0}, statuses, _NAMES) == (
        "positive: 1 Diabetic retinopathy; 3 ok, 1 ungradable"
    )
    assert outcome_text({}, {"D": 0}, {"ok": 3}, _NAMES) == "positive: none; 3 ok"


def test_photographs_that_could_not_be_read_are_named() -> None:
    assert failed_text(["a.jpg"]) == "not read: a.jpg; the column reason says why"
    assert failed_text([f"{number}.jpg" for number in range(7)]).startswith("not read: 0.jpg, ")
    assert "4.jpg and 2 more;" in failed_text([f"{number}.jpg" for number in range(7)])
