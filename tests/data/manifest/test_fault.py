"""Rows of a fault are numbered as a spreadsheet numbers them."""

import pandas as pd

from fundusfm.data.manifest.fault import rows_of


def test_rows_keep_the_numbers_of_the_manifest() -> None:
    frame = pd.DataFrame({"image": list("abcd")})
    assert rows_of(frame, [0, 3]) == (2, 5)
    assert rows_of(frame.iloc[2:], [0, 1]) == (4, 5)
