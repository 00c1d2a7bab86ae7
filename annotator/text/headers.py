"""Title, author, date and outlet where the first lines of a text say so beyond doubt."""
# ruff: noqa: RUF001  (typographic marks and other scripts are what this is about)

import re
from calendar import month_name
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from annotator.text.lines import Line
from annotator.text.vocabulary import OUTLETS

#: Metadata stands in the first lines, and no line of it is longer.
MAX_HEADER_LINES = 6
MAX_METADATA_LENGTH = 120
MAX_TITLE_LENGTH = 200
MIN_TITLE_WORDS = 3
_NO_TITLE = (".", "…", ":", "：", ",", ";", "。")
_CLOSING = "\"”’'»)"
_KEYED = re.compile(
    r"(title|headline|author|by|date|published|source|outlet|publication)[ \t]?: *(\S.*)", re.IGNORECASE
)
_KEYS = {"headline": "title", "by": "author", "published": "date", "source": "outlet", "publication": "outlet"}
_BYLINE = re.compile(r"(?:By|BY|by)\s+([^\W\d_a-z][^\d:;!?]*)")
_MONTHS = list(map(str.lower, month_name[1:]))
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]}|\\.)?" if len(month) > 3 else month for month in _MONTHS) + "|sept\\.?"
_TIME = r"(?:[,\s]+(?:at\s+)?\d{1,2}[:.]\d\d(?:\s*[ap]\.?m\.?)?(?:\s+[A-Z]{2,4})?)?"
_WEEKDAY = r"(?:(?:published|updated|posted|on)[:\s]+)*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?"
_DATES = (
    re.compile(
        rf"{_WEEKDAY}(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_TIME}", re.I
    ),
    re.compile(
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}}){_TIME}", re.I
    ),
    re.compile(
        rf"{_WEEKDAY}(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?:[T\s]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?",
        re.I,
    ),
)


@dataclass(frozen=True, slots=True)
class Header:
    """What the first lines say; ``lines`` are those that hold nothing else. A title stays part of the text."""

    title: str | None = None
    author: str | None = None
    date: str | None = None
    outlet: str | None = None
    lines: tuple[Line, ...] = ()


def read_header(text: str, rows: Sequence[Line]) -> Header:
    """Return what the first lines say about the text.

    A by-line ("By Jane Doe"), a date, an outlet or a line such as "Date: 2022-08-04" counts within the first lines
    if it fills its line; a title, if it is a first line without full stop that is set off from what follows.
    Dates that could be read in two ways (04/08/2022) do not count.
    """
    values: dict[str, str] = {}
    taken: list[Line] = []
    for index, row in enumerate(rows[:MAX_HEADER_LINES]):
        found = _metadata(text[row.start : row.end]) if row.end - row.start <= MAX_METADATA_LENGTH else None
        if found and found[0] not in values:
            values[found[0]] = found[1]
            taken.append(row)
        elif index > 0:
            break
    if len(taken) == len(rows):
        return Header()
    title = values.get("title") or _title(text, rows, taken)
    return Header(title, values.get("author"), values.get("date"), values.get("outlet"), tuple(taken))


def _metadata(line: str) -> tuple[str, str] | None:
    """Return which kind of information fills the line, and the information."""
    keyed = _KEYED.fullmatch(line)
    if keyed:
        key = keyed[1].lower()
        key = _KEYS.get(key, key)
        value = _date(keyed[2]) if key == "date" else keyed[2].strip()
        return (key, value) if value else None
    written = _date(line)
    if written:
        return "date", written
    if line.casefold() in OUTLETS:
        return "outlet", line
    author = _author(line)
    return ("author", author) if author else None


def _author(line: str) -> str | None:
    match = _BYLINE.fullmatch(line)
    if match is None:
        return None
    words = match[1].split()
    if len(words) < 2 or len(words) > 12 or line.endswith((",", "…")):
        return None
    proper = all(word[0].isupper() or word in ("and", "de", "van", "von", "der", "of", "for", "the") for word in words)
    return match[1].strip() if proper and not (line.endswith(".") and len(words[-1]) > 3) else None


def _date(line: str) -> str | None:
    for pattern in _DATES:
        match = pattern.fullmatch(line.strip())
        if match:
            return _iso(match["year"], match["month"], match["day"])
    return None


def _iso(year: str, month: str, day: str) -> str | None:
    names = [name[:3] for name in _MONTHS]
    number = int(month) if month.isdecimal() else 1 + names.index(month[:3].lower())
    try:
        return date(int(year), number, int(day)).isoformat()
    except ValueError:
        return None


def _title(text: str, rows: Sequence[Line], taken: Sequence[Line]) -> str | None:
    """Return the first line that is no metadata if it can only be a title."""
    rest = [row for row in rows[: MAX_HEADER_LINES + 1] if row not in taken]
    if len(rest) < 2 or rest[0].start > rows[1].start:
        return None
    line = text[rest[0].start : rest[0].end]
    set_off = rest[1].first or any(row.start > rest[0].start for row in taken)
    followed = text[rest[-1].end - 1] in '.!?”"’。؟)' and len(line) <= MAX_TITLE_LENGTH
    if not set_off or not followed or line.rstrip(_CLOSING).endswith(_NO_TITLE) or line[0] in "([":
        return None
    words = line.split()
    return (
        line
        if len(words) >= MIN_TITLE_WORDS and (line[0].isupper() or line[0].isdecimal() or line[0] in "“\"‘'")
        else None
    )
