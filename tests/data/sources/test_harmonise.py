"""Rules make labels that mean the same in every set."""

import pandas as pd
import pytest

from fundusfm.data.sources import harmonise as room
from fundusfm.data.sources.harmonise import Rule, harmonisation, harmonise
from fundusfm.errors import SelectError


def test_every_rule_names_its_set_and_its_label() -> None:
    rules = harmonisation()
    assert len(rules) > 30 and all(rule.source and rule.label for rule in rules)
    assert all(rule.positive or rule.negative for rule in rules)
    assert {rule.source for rule in harmonisation("aptos")} == {"aptos"} and not harmonisation("no such set")


def test_rows_that_no_rule_keeps_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [Rule("x", "dr", "grade >= 1", "grade == 0", ""), Rule("x", "old", "", "age < 50", "")]
    monkeypatch.setattr(room, "harmonisation", lambda source: rules)
    frame = pd.DataFrame({"grade": ["0", "2", ""], "age": ["40", "60", "30"], "dr": ["9", "9", "9"]}, dtype=object)
    made = harmonise(frame, "x")
    assert made["dr"].tolist() == ["0", "1", ""] and made["old"].tolist() == ["0", "", "0"]
    assert frame["dr"].tolist() == ["9", "9", "9"]
    with pytest.raises(SelectError, match="`grade`"):
        harmonise(frame.drop(columns="grade"), "x")
