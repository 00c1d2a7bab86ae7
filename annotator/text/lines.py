"""Lines of a text with their offsets, whatever the line breaks, indents and invisible marks."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: Characters that end a line, as str.splitlines has them.
LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
#: Marks without width that pasted text brings along: byte order mark, zero-width space, direction marks, soft hyphen.
INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u00ad"
_SPACES = " \t\x1f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_EDGES = _SPACES + LINE_BREAKS + INVISIBLE
_INVISIBLE = frozenset(INVISIBLE)
#: A text with a longer line is not hard-wrapped.
MAX_WRAP_WIDTH = 120


class Line(NamedTuple):
    """A line that is not blank, trimmed; ``first`` if a blank line or the start of the text is before it."""

    start: int
    end: int
    first: bool


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[Line]:
    """Yield every line of a stretch that is not blank; offsets count from the start of the text."""
    position, previous_end = start, -1
    for raw in text[start:end].splitlines(keepends=True):
        line_start, line_end = trimmed(raw, position)
        position += len(raw)
        if line_start < line_end:
            first = previous_end < 0 or _is_paragraph_break(text[previous_end:line_start])
            yield Line(line_start, line_end, first)
            previous_end = line_end


def trimmed(piece: str, start: int) -> tuple[int, int]:
    """Return the span of a piece that begins at ``start`` without white space and invisible marks at its ends.

    The span is empty if nothing else is in it.
    """
    body = piece.strip()
    if body and (body[0] in _INVISIBLE or body[-1] in _INVISIBLE):
        body = piece.strip(_EDGES)
    if len(body) == len(piece):
        return start, start + len(piece)
    if not body:
        return start, start
    start += piece.index(body[0])
    return start, start + len(body)


def wrap_width(text: str) -> int | None:
    """Return the length of the longest line if the lines are short enough to be hard-wrapped, else None."""
    width = max(map(len, text.splitlines()), default=0)
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


def _is_paragraph_break(gap: str) -> bool:
    return gap.count("\n") > 1 or gap.count("\r") > 1 or "\u2029" in gap
