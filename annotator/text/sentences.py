"""Sentences as spans of code points: the library sentencex, and a few rules of our own."""
# ruff: noqa: RUF001  (typographic marks and other scripts are what this is about)

import re
from importlib.metadata import version

from sentencex import segment  # type: ignore[import-untyped]  # the library ships no types

from annotator.text.lines import LINE_BREAKS, Line, lines, trimmed, wrap_width

#: Name and version of what splits; stored with every document, since another version may split differently.
SEGMENTER = f"sentencex {version('sentencex')} + rules 1"

_SPACED = {ord(character): " " for character in LINE_BREAKS}
_FULL_STOP = re.compile("[.!?。！？؟।][\"'”’)\\]]*\\s+")
_INITIAL = re.compile(r"[^\W\d_a-z]\.")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: A sentence holds a letter, a digit or a pictograph; anything else is a stray mark of the sentence before it.
_CONTENT = re.compile("[^\\W_]|[\u2190-\u2bff\U0001f000-\U0001faff]")
#: The library takes time quadratic in the number of sentences it is given at once in scripts without spaces.
CHUNK = 4_000
#: ... and in the number of quotation marks never closed: beyond this length, full stops decide.
MAX_CHUNK = 16_000
#: Never the end of a sentence; before a number, no end either.
TITLE_ABBREVIATIONS = frozenset(
    ["Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "Sen.", "Rep.", "Gov.", "Lt.", "Sgt.", "Capt.", "Rev."]
)
COUNTING_ABBREVIATIONS = frozenset(
    ["No.", "Nos.", "Vol.", "Fig.", "Approx.", "approx.", "Art.", "Sec.", "Ch.", "pp.", "p."]
)
LONGEST_ABBREVIATION = 10


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
    return spans_in(text, start, end, language, width=wrap_width(text[start:end]))


def spans_in(text: str, start: int, end: int, language: str, *, width: int | None) -> list[tuple[int, int]]:
    """Return the sentences of a stretch of a text hard-wrapped at ``width`` (None: not wrapped)."""
    found: list[tuple[int, int]] = []
    for block_start, block_end, is_wrapped in _blocks(text, start, end, width):
        block = text[block_start:block_end]
        found += _block_spans(block.translate(_SPACED) if is_wrapped else block, block_start, language)
    return found


def _blocks(text: str, start: int, end: int, width: int | None) -> list[tuple[int, int, bool]]:
    """Cut a stretch where a line ends a sentence for certain; the last value says that a block has several lines."""
    blocks: list[tuple[int, int, bool]] = []
    previous: Line | None = None
    for line in lines(text, start, end):
        if previous is not None and not line.first and _is_wrap(text, previous, line, width):
            blocks[-1] = (blocks[-1][0], line.end, True)
        else:
            blocks.append((line.start, line.end, False))
        previous = line
    return blocks


def _is_wrap(text: str, line: Line, following: Line, width: int | None) -> bool:
    """Say whether the sentence goes on after a line break: lower case follows, or the next word had no room."""
    if text[following.start].islower():
        return True
    if width is None:
        return False
    word = text[following.start : following.start + width].split(None, 1)[0]
    return line.end - line.start + 1 + len(word) > width


def _block_spans(block: str, start: int, language: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    position, opening = start, None
    for piece in _joined(_pieces(block, language)):
        sentence_start, sentence_end = trimmed(piece, position)
        position += len(piece)
        if sentence_start == sentence_end:
            continue
        if piece[0].isalnum() or _CONTENT.search(piece):
            spans.append((sentence_start if opening is None else opening, sentence_end))
            opening = None
        elif spans:
            spans[-1] = (spans[-1][0], sentence_end)
        elif opening is None:
            opening = sentence_start
    return spans


def _joined(pieces: list[str]) -> list[str]:
    """Join what the library divides in "Mr. Has", "J. R. Has" and "Vol. 2"."""
    joined: list[str] = []
    before, last = "", ""
    for piece in pieces:
        if (
            last in TITLE_ABBREVIATIONS
            or (last in COUNTING_ABBREVIATIONS and piece[0].isdecimal())
            or (_INITIAL.fullmatch(last) and _INITIAL.fullmatch(before))
        ):
            joined[-1] += piece
        else:
            joined.append(piece)
        before, last = ["", "", *piece[-LONGEST_ABBREVIATION:].split()][-2:]
    return joined


def _pieces(block: str, language: str) -> list[str]:
    """Return the library's sentences, which add up to the block; long blocks are given to it in parts."""
    if len(block) <= CHUNK:
        return _segment(block, language)
    pieces: list[str] = []
    position, size = 0, CHUNK
    while position < len(block):
        part = block[position : position + size]
        found = _segment(part, language)
        if position + size < len(block):
            if len(found) < 2 and size < MAX_CHUNK:
                size *= 2
                continue
            found = found[:-1] or _plain_pieces(block, position, position + size)
        pieces += found
        position += sum(map(len, found))
        size = CHUNK
    return pieces


def _plain_pieces(block: str, start: int, end: int) -> list[str]:
    """Divide a stretch in which the library finds no sentence at full stops; at least one piece, however long."""
    ends = [match.end() for match in _FULL_STOP.finditer(block, start, end)]
    if not ends:
        following = _FULL_STOP.search(block, end)
        ends = [following.end() if following else len(block)]
    starts = [start, *ends[:-1]]
    return [block[first:last] for first, last in zip(starts, ends, strict=True)]


def _segment(block: str, language: str) -> list[str]:
    try:
        return list(segment(language, block))
    except UnicodeEncodeError:
        return list(segment(language, _SURROGATE.sub("\ufffd", block)))
