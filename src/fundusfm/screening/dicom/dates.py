"""Dates of studies, from what users type to what a DICOM search takes."""

import re
from datetime import date, datetime, timedelta

from fundusfm.errors import ConfigError

_FORMS = ("%Y%m%d", "%Y-%m-%d")
_AGO = re.compile(r"-(\d{1,4})([dw])")
_DAYS = {"d": 1, "w": 7}
_WORDS = {"today": 0, "yesterday": 1}


def date_filter(text: str, *, today: date | None = None) -> str:
    """Returns a date or range for a search (PS3.4, C.2.2.2.5): `20240131`, `20240101-20240131`, `20240101-`.

    Args:
        text: A day, or two with a hyphen in between, where either may be empty. A day is `20240131`, `2024-01-31`,
            `today`, `yesterday`, or counted back in days or weeks: `-2d`, `-1w`. Alone, `-2d` means the days from then
            to now.
        today: The day to count from; by default this machine's.

    Raises:
        ConfigError: It is neither, holds a day that does not exist, or ends before it begins.
    """
    today = today or date.today()
    text = text.strip()
    if _AGO.fullmatch(text):
        return f"{_day(text, today)}-"
    if (day := _day(text, today)) is not None:
        return day
    for place in (place for place, character in enumerate(text) if character == "-"):
        sides = [_day(side, today) if side.strip() else "" for side in (text[:place], text[place + 1 :])]
        if None in sides or not any(sides):
            continue
        first, last = (side or "" for side in sides)
        if first and last and first > last:
            raise ConfigError(f"--date {text} ends before it begins: give the earlier day first.")
        return f"{first}-{last}"
    raise ConfigError(
        f"--date {text} is no date: give a day, such as 20240131, 2024-01-31 or yesterday, a range, such as "
        "20240101-20240131, 20240101- or -20240131, or the days since then, such as -2d."
    )


def _day(text: str, today: date) -> str | None:
    text = text.strip()
    ago = _AGO.fullmatch(text)
    back = int(ago[1]) * _DAYS[ago[2]] if ago else _WORDS.get(text)
    if back is not None:
        return (today - timedelta(days=back)).strftime("%Y%m%d")
    for form in _FORMS:
        try:
            day = datetime.strptime(text, form)
        except ValueError:
            continue
        # strptime also takes days and months of one digit, which could be read in two ways.
        if day.strftime(form) == text:
            return day.strftime("%Y%m%d")
    return None
