"""A sentence as it looks to whoever is mentioned in it: what stands left and right, near and in the same clause.

Each view of it is made of words that keep their places in the sentence, so that a suggestion can give its reasons.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log1p

from annotator.learning.blocks import Places
from annotator.learning.features import fold

PLACEHOLDER = "xtargetx"
NEAR = 8
#: Columns of polarity: good words, and after them bad ones.
LEFT, RIGHT, CLAUSE, SENTENCE = 0, 2, 4, 6
POLARITIES = 8
#: So many words away a word counts e times less.
FADES = 6.0

#: A word and where it stands in the sentence.
Word = tuple[str, int]
#: Something seen of a sentence, and the words it was seen by: their places in the sentence.
Mark = tuple[str, tuple[int, ...]]

_WORD = re.compile(r"\w+|[^\w\s]")
_BORDER = re.compile(
    r"[,;:\u2013\u2014()\"]|\b(?:but|while|although|though|and|who|which|that|because|after|before|when|as|if)\b"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A folded sentence around the mention ``text[start:end]``, with the words to its left and right."""

    text: str
    start: int
    end: int
    left: list[Word]
    right: list[Word]

    @classmethod
    def of(cls, text: str, mention: tuple[int, int] | None) -> "Surroundings":
        """Cut the sentence at the mention; without one, everything stands to the left."""
        start, end = mention or (len(text), len(text))
        folded = fold(text)
        words = [(match.group(), match.start()) for match in _WORD.finditer(folded[:start])]
        return cls(folded, start, end, words, [(m.group(), m.start()) for m in _WORD.finditer(folded, end)])

    @property
    def placeholder(self) -> Word:
        """What stands for the mention, at its place."""
        return PLACEHOLDER, self.start


class Passage:
    """Pieces of a sentence with a space between each, and where each came from."""

    __slots__ = ("_begins", "_origins", "text")

    def __init__(self, pieces: Sequence[Word]) -> None:
        self.text = " ".join(piece for piece, _ in pieces)
        self._origins = [origin for _, origin in pieces]
        self._begins, at = [], 0
        for piece, _ in pieces:
            self._begins.append(at)
            at += len(piece) + 1

    def origin(self, at: int) -> int:
        """Tell where in the sentence a place of the passage is."""
        piece = bisect_right(self._begins, at) - 1
        return self._origins[piece] + at - self._begins[piece]


def masked(around: Surroundings) -> Passage:
    """Give the whole sentence with a placeholder for the mention."""
    return Passage([(around.text[: around.start], 0), around.placeholder, (around.text[around.end :], around.end)])


def clause(around: Surroundings) -> Passage:
    """Give the clause of the mention, as far as commas and conjunctions tell."""
    begin, end = _clause_of(around)
    return Passage(
        [(around.text[begin : around.start], begin), around.placeholder, (around.text[around.end : end], around.end)]
    )


def _clause_of(around: Surroundings) -> tuple[int, int]:
    begin = max((match.end() for match in _BORDER.finditer(around.text[: around.start])), default=0)
    found = _BORDER.search(around.text[around.end :])
    return begin, len(around.text) if found is None else around.end + found.start()


def sided(around: Surroundings) -> list[Mark]:
    """Give near words and pairs, each marked with the side it stands on."""
    marks: list[Mark] = []
    for side, words in (("l", around.left[-NEAR:]), ("r", around.right[:NEAR])):
        marks += [(f"{side}_{word}", (at,)) for word, at in words]
        marks += [(f"{side}_{one}_{other}", (at, then)) for (one, at), (other, then) in pairwise(words)]
    return marks


def placed(around: Surroundings) -> list[Mark]:
    """Give the three words either side, each marked with its distance, and the first ones together."""
    left, right = around.left, around.right
    marks: list[Mark] = [(f"l{i}_{word}", (at,)) for i, (word, at) in enumerate(reversed(left[-3:]), start=1)]
    marks += [(f"r{i}_{word}", (at,)) for i, (word, at) in enumerate(right[:3], start=1)]
    together = [("l", left[-2:]), ("r", right[:2]), ("r", right[:3] if len(right) > 2 else [])]
    marks += [
        ("_".join((side, *(word for word, _ in words))), tuple(at for _, at in words))
        for side, words in together
        if words
    ]
    return marks


def polarity(around: Surroundings, ratings: Mapping[str, float]) -> Places:
    """Tell how good and how bad words are: left and right by distance, in the clause, and in the whole sentence.

    Eight columns, good before bad for each of the four; each is the logarithm of one plus what its words amount to,
    divided among them. A word counts half its rating, and by distance ``exp(-d / 6)`` of that, the nearest with d = 0.
    """
    begin, end = _clause_of(around)
    amounts: dict[int, list[tuple[int, float]]] = {}
    for side, words in ((LEFT, around.left[::-1]), (RIGHT, around.right)):
        for distance, (word, at) in enumerate(words):
            rating = ratings.get(word)
            if not rating:
                continue
            size, is_bad = abs(rating) / 2, rating < 0
            amounts.setdefault(side + is_bad, []).append((at, size * exp(-distance / FADES)))
            if begin <= at < end:
                amounts.setdefault(CLAUSE + is_bad, []).append((at, size))
            amounts.setdefault(SENTENCE + is_bad, []).append((at, size))
    return [part for column, parts in amounts.items() for part in _divided(column, parts)]


def _divided(column: int, parts: Sequence[tuple[int, float]]) -> Places:
    total = sum(amount for _, amount in parts)
    scale = log1p(total) / total
    return [(at, column, scale * amount) for at, amount in parts]
