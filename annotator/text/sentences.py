"""Sentences as spans of code points: the library sentencex, and a few rules of our own."""

import re
from importlib.metadata import version

from sentencex import segment  # type: ignore[import-untyped]  # the library ships no types

from annotator.text.lines import INVISIBLE, LINE_BREAKS, is_paragraph_break, trim, wrap_width

#: Name and version of what splits; stored with every document, since another version may split differently.
SEGMENTER = f"sentencex {version('sentencex')} + rules 1"

_BREAK = re.compile(rf"(?:\r\n|[{LINE_BREAKS}])\s*")
_SPACED = {ord(character): " " for character in LINE_BREAKS + INVISIBLE}
_NEEDS_SPACING = re.compile(f"[{LINE_BREAKS}{INVISIBLE}\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: A sentence holds a letter, a digit or a pictograph; anything else is a stray mark of the sentence before it.
_CONTENT = re.compile("[^\\W_]|[\u2190-\u2bff\U0001f000-\U0001faff]")
#: The library takes time quadratic in the number of sentences it is given at once in scripts without spaces.
CHUNK = 4_000


def sentence_spans(text: str, start: int, end: int, language: str = "en") -> list[tuple[int, int]]:
    """Return the sentences of ``text[start:end]`` as half-open spans of code points into ``text``.

    Spans are ordered, do not overlap, and leave out white space only, and marks that no sentence holds (a line of
    asterisks). A blank line ends a sentence; so does a line break, unless the text looks hard-wrapped there.

    Parameters
    ----------
    text
        The whole text.
    start, end
        The stretch to split, in code points.
    language
        Two-letter code; tells the library which abbreviations to expect.

    Examples
    --------
    >>> sentence_spans("The No. 1 topic. . Then she left.", 0, 33)
    [(0, 18), (19, 33)]
    """
    return spans_in(text, start, end, language, width=wrap_width(text, start, end))


def spans_in(text: str, start: int, end: int, language: str, *, width: int | None) -> list[tuple[int, int]]:
    """Return the sentences of a stretch of a text hard-wrapped at ``width`` (None: not wrapped)."""
    found: list[tuple[int, int]] = []
    for block_start, block_end in _blocks(text, start, end, width):
        found += _block_spans(text, block_start, block_end, language)
    return found


def _blocks(text: str, start: int, end: int, width: int | None) -> list[tuple[int, int]]:
    """Cut a stretch where a line break ends a sentence for certain."""
    blocks = []
    block_start = line_start = start
    for match in _BREAK.finditer(text, start, end):
        if not _is_wrap(text, line_start, match, end, width):
            blocks.append((block_start, match.start()))
            block_start = match.end()
        line_start = match.end()
    blocks.append((block_start, end))
    return blocks


def _is_wrap(text: str, line_start: int, match: re.Match[str], end: int, width: int | None) -> bool:
    """Say whether the sentence goes on after a line break: lower case follows, or the next word had no room."""
    if is_paragraph_break(match[0]) or match.end() >= end:
        return False
    if text[match.end()].islower():
        return True
    if width is None:
        return False
    word = text[match.end() : match.end() + width].split(None, 1)[0]
    return match.start() - line_start + 1 + len(word) > width


def _block_spans(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    start, end = trim(text, start, end)
    if start == end:
        return []
    block = text[start:end]
    if _NEEDS_SPACING.search(block):
        block = _SURROGATE.sub("\ufffd", block.translate(_SPACED))
    spans: list[tuple[int, int]] = []
    position, opening = start, None
    for piece in _pieces(block, language):
        sentence_start, sentence_end = trim(text, position, position + len(piece))
        position += len(piece)
        if sentence_start == sentence_end:
            continue
        if _CONTENT.search(text, sentence_start, sentence_end):
            spans.append((sentence_start if opening is None else opening, sentence_end))
            opening = None
        elif spans:
            spans[-1] = (spans[-1][0], sentence_end)
        elif opening is None:
            opening = sentence_start
    return spans


def _pieces(block: str, language: str) -> list[str]:
    """Return the library's sentences, which add up to the block; long blocks are given to it in parts."""
    if len(block) <= CHUNK:
        return list(segment(language, block)) if block else []
    pieces: list[str] = []
    position, size = 0, CHUNK
    while position < len(block):
        part = segment(language, block[position : position + size])
        if position + size < len(block):
            if len(part) < 2:
                size *= 2
                continue
            part.pop()
        pieces += part
        position += sum(map(len, part))
        size = CHUNK
    return pieces
