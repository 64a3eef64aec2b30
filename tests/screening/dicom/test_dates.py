from datetime import date

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
    "text",
    [
        "31.01.2024",
        "2024-13-01",
        "20240230",
        "2024",
        "-",
        "",
        "2024-1-31",
        "202411",
        "a-b",
        "-2m",
        "-2d-3",
        "tomorrow",
        "-99999d",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no date"):
        date_filter(text)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ConfigError, match="ends before it begins"):
        date_filter("20240131-20240101")


_TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "20260301"),
        ("yesterday", "20260228"),
        ("-2d", "20260227-"),
        ("-0d", "20260301-"),
        (" -1w ", "20260222-"),
        ("-7d-yesterday", "20260222-20260228"),
        ("-7d--1d", "20260222-20260228"),
        ("2026-01-01--1w", "20260101-20260222"),
        ("20260101-yesterday", "20260101-20260228"),
        ("--2d", "-20260227"),
    ],
)
def test_days_are_counted_back_from_today(text: str, expected: str) -> None:
    assert date_filter(text, today=_TODAY) == expected


def test_a_relative_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ConfigError, match="ends before it begins"):
        date_filter("-1d--7d")
