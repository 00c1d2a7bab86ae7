"""Lines of a text with their offsets, whatever the line breaks, indents and invisible marks."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: Characters that end a line.
LINE_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
#: Marks without width that pasted text brings along: byte order mark, zero-width space, direction marks, soft hyphen.
INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u00ad"
_SPACES = " \t\x1c\x1d\x1e\x1f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
_SPACES += "\u2009\u200a\u202f\u205f\u3000"
_EDGES = _SPACES + LINE_BREAKS + INVISIBLE
_LINE = re.compile(rf"[^{LINE_BREAKS}]+")
#: A text with a longer line is not hard-wrapped.
MAX_WRAP_WIDTH = 120


class Line(NamedTuple):
    """A line that is not blank, trimmed; ``first`` if a blank line or the start of the text is before it."""

    start: int
    end: int
    first: bool


def lines(text: str) -> Iterator[Line]:
    """Yield every line that is not blank."""
    previous_end = -1
    for match in _LINE.finditer(text):
        start, end = trim(text, match.start(), match.end())
        if start < end:
            yield Line(start, end, previous_end < 0 or is_paragraph_break(text[previous_end:start]))
            previous_end = end


def is_paragraph_break(gap: str) -> bool:
    """Is the white space between two lines a blank line (two line breaks) rather than one line break?"""
    return gap.count("\n") > 1 or gap.count("\r") > 1 or "\u2029" in gap


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space and invisible marks at its ends (empty, at ``end``, if nothing is left)."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip(_EDGES))
    if left == len(piece):
        return end, end
    return start + left, end - (len(piece) - len(piece.rstrip(_EDGES)))


def wrap_width(text: str, start: int, end: int) -> int | None:
    """Return the length of the longest line if the lines are short enough to be hard-wrapped, else None."""
    width = max((match.end() - match.start() for match in _LINE.finditer(text, start, end)), default=0)
    return width if 0 < width <= MAX_WRAP_WIDTH else None


def runs(rows: Sequence[Line], without: Sequence[Line]) -> list[tuple[int, int]]:
    """Return the stretches that the lines make up when those of ``without`` are cut out between them."""
    found: list[tuple[int, int]] = []
    cuts = iter([*without, None])
    cut = next(cuts)
    for row in rows:
        fresh = not found
        while cut is not None and cut.start < row.start:
            cut, fresh = next(cuts), True
        found[len(found) - (not fresh) :] = [(row.start if fresh else found[-1][0], row.end)]
    return found
