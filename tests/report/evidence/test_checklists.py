from collections import Counter

from fundusfm.report.evidence.checklists import NOT_REPORTED, checklist_items, filled
from fundusfm.report.evidence.facts import _FACTS, Known


def test_every_item_is_there_once_under_its_published_number() -> None:
    items = checklist_items()
    numbers = Counter((item.guideline, item.number) for item in items)
    assert max(numbers.values()) == 1
    by_guideline = {name: [item.number for item in items if item.guideline == name] for name, _ in numbers}
    assert by_guideline["CLAIM 2024"] == [str(number) for number in range(1, 45)]
    whole = {name: {number.rstrip("abcdefg") for number in found} for name, found in by_guideline.items()}
    assert whole["STARD-AI"] == {str(number) for number in range(1, 41)}
    assert whole["TRIPOD+AI"] == {str(number) for number in range(1, 28)}
    assert len(by_guideline["STARD-AI"]) == 48
    assert len(by_guideline["TRIPOD+AI"]) == 52


def test_items_name_facts_that_exist_and_every_fact_is_named() -> None:
    named = {name for item in checklist_items() for name in item.facts}
    assert named == set(_FACTS)


def test_what_nobody_wrote_is_not_reported() -> None:
    facts = {name: [] for name in _FACTS} | {"intended_use": [Known("card", "Research use.")]}
    answers = {(answer.item.guideline, answer.item.number): answer for answer in filled(facts)}
    assert answers["STARD-AI", "3"].where == "card" and answers["STARD-AI", "3"].what == "Research use."
    assert answers["CLAIM 2024", "44"].where == NOT_REPORTED and not answers["CLAIM 2024", "44"].reported
    assert sum(answer.reported for answer in answers.values()) == 5
