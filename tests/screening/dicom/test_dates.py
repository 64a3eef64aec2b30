import pytest

from fundusfm.errors import ConfigError
from fundusfm.screening.dicom.dates import date_filter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20240131", "20240131"),
        ("2024-01-31", "20240131"),
        ("20240101-20240131", "20240101-20240131"),
        ("2024-01-01-2024-01-31", "20240101-20240131"),
        ("2024-01-01 - 2024-01-31", "20240101-20240131"),
        ("20240101-", "20240101-"),
        ("-2024-01-31", "-20240131"),
        ("2024-01-01-", "20240101-"),
    ],
)
def test_dates_and_ranges_as_a_search_takes_them(text: str, expected: str) -> None:
    assert date_filter(text) == expected


@pytest.mark.parametrize(
    "text", ["31.01.2024", "2024-13-01", "20240230", "2024", "-", "", "2024-1-31", "202411", "yesterday", "a-b"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no date"):
        date_filter(text)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ConfigError, match="ends before it begins"):
        date_filter("20240131-20240101")
