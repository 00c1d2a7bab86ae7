"""Sentences that stand nearly word for word on both sides of a split: what would be remembered, not learned."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from annotator.learning.features import fold

#: Two sentences are twins if so much of the words in either are in both (Jaccard index).
ALIKE = 0.8
#: Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han; there pairs of characters stand for words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(r"\w+")
_RUN = re.compile(f"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])\\w)+")


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, without case and marks; of scripts without spaces the pairs of characters."""
    folded = fold(text)
    if not _IS_UNSPACED.search(folded):
        return frozenset(_WORD.findall(folded))
    return frozenset(word for run in _RUN.findall(folded) for word in _pairs(run))


def _pairs(run: str) -> list[str]:
    if len(run) < 2 or not _IS_UNSPACED.match(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]


def twins(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs of texts that have nearly the same words, as positions with the smaller one first.

    Parameters
    ----------
    texts : sequence of str
        In any script; one without words has no twin.

    Notes
    -----
    Pairs with a Jaccard index of at least .8 share one of the rarest fifth of their words (prefix filtering: Bayardo,
    Ma and Srikant 2007, Scaling Up All Pairs Similarity Search, section 4), so that few pairs are compared.

    Examples
    --------
    >>> twins(["Prices rose again in May, he said.", "Rain is near.", "PRICES rose again in May, he said"])
    [(0, 2)]
    """
    words = [words_of(text) for text in texts]
    frequency = Counter(word for some in words for word in some)
    places: defaultdict[str, list[int]] = defaultdict(list)
    found = []
    for this, some in enumerate(words):
        size = len(some)
        rarest = sorted(some, key=lambda word: (frequency[word], word))[: size - ceil(ALIKE * size) + 1]
        candidates = {other for word in rarest for other in places[word]}
        # Written out, since this is asked a million times of a corpus of ten thousand.
        found += [
            (other, this)
            for other in sorted(candidates)
            if (1 + ALIKE) * len(words[other] & some) >= ALIKE * (len(words[other]) + size)
        ]
        for word in rarest:
            places[word].append(this)
    return found


@dataclass(frozen=True, slots=True)
class Twins:
    """Which of some texts are nearly the same: ``place`` is each text's number, ``pairs`` are of numbers."""

    place: Mapping[str, int]
    pairs: Sequence[tuple[int, int]]

    @classmethod
    def among(cls, texts: Iterable[str]) -> "Twins":
        """Look for them once, whatever is to be done with any of the texts."""
        distinct = list(dict.fromkeys(texts))
        return cls({text: i for i, text in enumerate(distinct)}, twins(distinct))

    def within(self, texts: Sequence[str]) -> list[tuple[int, int]]:
        """Return the pairs among some of the texts, which are distinct, as `twins` gives them."""
        own = {self.place[text]: i for i, text in enumerate(texts)}
        found = ((own[one], own[other]) for one, other in self.pairs if one in own and other in own)
        return [(min(pair), max(pair)) for pair in found]

    def across(self, known: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
        """Tell of each text whether it, or its twin, is among the known ones; shape (n_texts,)."""
        side = [0] * len(known) + [1] * len(texts)
        return torn([self.place[text] for text in (*known, *texts)], side, self.pairs)[len(known) :]


def torn(
    texts: Sequence[int] | NDArray[np.int64], side: Sequence[int] | NDArray[np.int64], pairs: Iterable[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Tell of each unit whether the same sentence, or its twin, stands on another side of the split; shape (n,).

    Parameters
    ----------
    texts : shape (n,)
        The text of each unit, as its position among the texts that ``pairs`` are about.
    side : shape (n,)
        The fold of each unit, or which part it belongs to.

    Examples
    --------
    >>> torn([0, 1, 2], [0, 0, 1], [(0, 2)]).tolist()
    [True, False, True]
    """
    alike: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        alike[one].add(other)
        alike[other].add(one)
    sides: defaultdict[int, set[int]] = defaultdict(set)
    units = list(zip(map(int, texts), map(int, side), strict=True))
    for text, where in units:
        sides[text].add(where)
    return np.array(
        [any(sides[other] - {where} for other in (text, *alike.get(text, ()))) for text, where in units], dtype=bool
    )
