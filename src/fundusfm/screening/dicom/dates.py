"""Dates of studies as users type them, and as a search takes them."""

from datetime import datetime

from fundusfm.errors import ConfigError

_FORMS = ("%Y%m%d", "%Y-%m-%d")


def date_filter(text: str) -> str:
    """Returns a date or range for a search (PS3.4, C.2.2.2.5): `20240131`, `20240101-20240131`, `20240101-`.

    Args:
        text: `20240131` or `2024-01-31`, or two of them with a hyphen in between; either side of a range may be empty.

    Raises:
        ConfigError: It is neither, holds a day that does not exist, or ends before it begins.
    """
    if (day := _day(text)) is not None:
        return day
    for place in (place for place, character in enumerate(text) if character == "-"):
        sides = [_day(side) if side.strip() else "" for side in (text[:place], text[place + 1 :])]
        if None in sides or not any(sides):
            continue
        first, last = (side or "" for side in sides)
        if first and last and first > last:
            raise ConfigError(f"--date {text} ends before it begins: give the earlier day first.")
        return f"{first}-{last}"
    raise ConfigError(
        f"--date {text} is no date: give a day, such as 20240131 or 2024-01-31, or a range, such as "
        "20240101-20240131, 20240101- or -20240131."
    )


def _day(text: str) -> str | None:
    for form in _FORMS:
        try:
            day = datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        # strptime also takes days and months of one digit, which could be read in two ways.
        if day.strftime(form) == text.strip():
            return day.strftime("%Y%m%d")
    return None
