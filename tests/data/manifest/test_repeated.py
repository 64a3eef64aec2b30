"""Rows that list one photograph again."""

from pathlib import Path

import pandas as pd
import pytest

from fundusfm.data.manifest.repeated import repeated_rows
from fundusfm.errors import ManifestError

_PATHS = [Path(name) for name in ("/x/a.jpg", "/x/b.jpg", "/x/a.jpg", "/x", "/x")]


def _frame(grades: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"image": ["a.jpg", "b.jpg", "./a.jpg", "", ""], "grade": grades})


def test_equal_rows_are_found_and_empty_cells_are_none() -> None:
    assert repeated_rows(_frame(["1", "0", "1", "", "2"]), _PATHS, where="m.csv") == {2: 2}


def test_rows_that_differ_are_refused_with_rows_and_columns() -> None:
    with pytest.raises(ManifestError, match=r"m\.csv lists one photograph .* rows 2 and 4 \(grade\)"):
        repeated_rows(_frame(["1", "0", "0", "", ""]), _PATHS, where="m.csv")
