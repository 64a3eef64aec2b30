"""Options of commands in a study's file."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from fundusfm.study.options import FinetuneOptions, PretrainOptions, SegmentOptions, current_keys


def test_values_have_the_type_of_the_option() -> None:
    given = {"epochs": 3, "learning_rate": "1e-3", "precision": "32-true"}
    assert TypeAdapter(FinetuneOptions).validate_python(given) == given | {"learning_rate": 0.001}
    assert TypeAdapter(SegmentOptions).validate_python({"encoder_rate": None}) == {"encoder_rate": None}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"epochs": 2.5}, "epochs is 2.5: "),
        ({"precision": "8-bit"}, "precision is '8-bit': "),
        ({"epoch": 2}, "there is no option epoch; do you mean epochs"),
        ({"zzz": 2}, "there is no option zzz; there are "),
        ({"seed": 1}, "the study itself decides seed"),
    ],
)
def test_faults_are_sentences(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        TypeAdapter(PretrainOptions).validate_python(given)


def test_old_keys_warn_and_work() -> None:
    with pytest.warns(FutureWarning, match="here: old is now called new"):
        assert current_keys({"old": 1, "other": 2}, {"old": "new"}, "here") == {"new": 1, "other": 2}
    assert current_keys([1], {"old": "new"}, "here") == [1]
