"""Turns dates as people write them into ISO 8601 with a precision, never guessing day or month."""

import re
from datetime import date, datetime
from functools import lru_cache

from annotator.importing.values import DatePrecision
from annotator.words import say

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ISO = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_TIMED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_DAY_FIRST = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th|\.)?\s+)?([a-z]+)\.?,?\s+(\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")

WRITE_ISO = say("write it as 2022-08-05, 2022-08 or 2022")


@lru_cache(maxsize=4096)
def parse_date(text: str) -> tuple[str, DatePrecision]:
    """Return the ISO form and the precision of a date; raise ValueError with the end of a sentence."""
    plain = text.strip().lower()
    parts = _timed(plain) or _iso(plain) or _named(plain) or _numeric(plain, text)
    if parts is None:
        raise ValueError(say("the date “{text}” is not understood; {advice}", text=shorten(text), advice=WRITE_ISO))
    return _format(*parts, text)


def shorten(text: str) -> str:
    """Return the beginning of a value, short enough for a sentence."""
    return text if len(text) <= 40 else text[:40] + "…"


_Parts = tuple[int, int | None, int | None]


def _timed(plain: str) -> _Parts | None:
    if not _TIMED.fullmatch(plain):
        return None
    try:
        at = datetime.fromisoformat(plain.upper())
    except ValueError:
        return None
    return at.year, at.month, at.day


def _iso(plain: str) -> _Parts | None:
    found = _ISO.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if not found:
        return None
    year, month, day = found.groups()
    return int(year), int(month) if month else None, int(day) if day else None


def _named(plain: str) -> _Parts | None:
    if found := _DAY_FIRST.fullmatch(plain):
        day, name, year = found.groups()
    elif found := _MONTH_FIRST.fullmatch(plain):
        name, day, year = found.groups()
    else:
        return None
    month = _month(name)
    return (int(year), month, int(day) if day else None) if month else None


def _month(name: str) -> int | None:
    if name in _FULL:
        return _FULL.index(name) + 1
    if name == "sept":
        return 9
    return _MONTHS.index(name) + 1 if name in _MONTHS else None


def _numeric(plain: str, text: str) -> _Parts | None:
    found = _NUMERIC.fullmatch(plain)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if first != second and first <= 12 and second <= 12:
        raise ValueError(
            say("the date “{text}” can be read in two ways; {advice}", text=shorten(text), advice=WRITE_ISO)
        )
    return (year, second, first) if second <= 12 else (year, first, second)


def _format(year: int, month: int | None, day: int | None, text: str) -> tuple[str, DatePrecision]:
    try:
        checked = date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise ValueError(
            say("the date “{text}” is not in the calendar; {advice}", text=shorten(text), advice=WRITE_ISO)
        ) from None
    if month is None:
        return checked.strftime("%Y").zfill(4), "year"
    return (checked.isoformat(), "day") if day is not None else (checked.isoformat()[:7], "month")
