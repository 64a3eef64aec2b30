"""Words for what nobody knows."""

import pandas as pd
import pytest

from fundusfm.data.manifest.missing import is_missing_word, without_words


@pytest.mark.parametrize("word", ["NA", "n/a", "N/A", "nan", "NULL", " - ", "unknown", "ANONYMOUS"])
def test_words(word: str) -> None:
    assert is_missing_word(word)


@pytest.mark.parametrize("word", ["", "0", "no", "normal", "Nana", "7"])
def test_other_cells(word: str) -> None:
    assert not is_missing_word(word)


def test_declared_words_become_empty_cells() -> None:
    table = pd.DataFrame({"patient": ["1", "na", "-"], "dx": ["NA", "DR", "x"]}, dtype=object)
    assert without_words(table, ["NA,-", "x"]).to_dict("list") == {"patient": ["1", "", ""], "dx": ["", "DR", ""]}
    assert without_words(table, []) is table
