"""A public set knows what its copy should hold."""

import pandas as pd
import pytest

from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_SET = PublicSet(
    *("x", "The X set", "about", "where", "licence", "citation", "layout"),
    labels={"grade": "0 to 4"},
    read=lambda root: pd.DataFrame(),
    counts={"images": 3, "grade=2": 1},
)


def test_differences_from_what_is_published() -> None:
    whole = pd.DataFrame({"image": list("abc"), "grade": ["0", "2", "1"]})
    assert _SET.validate(whole) == []
    assert _SET.validate(whole.iloc[:1]) == ["images: 1 found, 3 published", "grade=2: 0 found, 1 published"]


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(SourceError, match="The X set: its rows lack image, grade; they have other"):
        _SET.validate(pd.DataFrame({"other": []}))
