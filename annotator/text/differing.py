"""Where two texts differ, word by word, to be shown side by side."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
#: Beyond this many words nothing is looked for: finding where long texts differ costs the square of their length.
MOST_WORDS = 4_000


class Piece(NamedTuple):
    """A stretch of one of two texts, and whether the other lacks it."""

    text: str
    differs: bool


def differing(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces that they share and pieces that only one of them has.

    Parameters
    ----------
    before, after
        Texts of any length. Long ones, of more than 4,000 words and signs, are not compared and differ as wholes.

    Returns
    -------
    tuple of list of Piece
        The pieces of each text; joined they are the text again. An empty text has no pieces.

    Examples
    --------
    >>> differing("a small step", "a large step")[1]
    [Piece(text='a ', differs=False), Piece(text='large', differs=True), Piece(text=' step', differs=False)]
    """
    one, other = _WORDS.findall(before), _WORDS.findall(after)
    if before == after or max(len(one), len(other)) > MOST_WORDS:
        is_other = before != after
        return _pieces([(before, is_other)]), _pieces([(after, is_other)])
    left, right = [], []
    for tag, start, end, from_, to in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left.append(("".join(one[start:end]), tag != "equal"))
        right.append(("".join(other[from_:to]), tag != "equal"))
    return _pieces(left), _pieces(right)


def _pieces(parts: Sequence[tuple[str, bool]]) -> list[Piece]:
    return [Piece(text, differs) for text, differs in parts if text]
