"""Sentences as weighted counts of their words and of the character sequences inside the words.

The values are those of two scikit-learn ``TfidfVectorizer``s side by side (words, pairs of words and the beginnings of
words; characters 2-5 inside words), but counted once per distinct word instead of once per occurrence, which is several
times faster and tells which word a character sequence came from, so that a suggestion can give its reasons.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotator.learning.blocks import Block, summed
from annotator.learning.counting import count, numbering, sequences
from annotator.learning.marks import Marks
from annotator.learning.meaning import Meaning
from annotator.learning.style import Style

MINIMUM_TEXTS = 2
#: What is in more than half of at least a hundred texts tells nothing and slows everything.
MOST_SHARE, MOST_FROM = 0.5, 100

#: Words that begin with the same five letters often mean the same: shoot…, shooting, shooter.
BEGINNING, MORE = 5, "\u2026"

_TOKEN = re.compile(r"\S+")
#: Words and single marks: quotation marks, for one, tell how a sentence speaks.
_WORD = re.compile(r"\w+|[^\w\s]")
_ALIKE = str.maketrans({"\u0130": "i", "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def fold(text: str) -> str:
    """Lower the case and make quotation marks alike without changing the length, so that offsets stay true."""
    return text.translate(_ALIKE).lower()


def word_features(text: str) -> list[str]:
    """Words and marks of a folded text, pairs of neighbours, and how its words begin."""
    words = _WORD.findall(text)
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return words + pairs + [word[:BEGINNING] + MORE for word in words if len(word) > 1]


def is_beginning(name: str) -> bool:
    """Whether a feature among the words is how words begin, not a word or a pair."""
    return len(name) > 1 and name.endswith(MORE) and " " not in name


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every feature of one sentence where it occurs: shape (n,) each; a pair of words is half of either word.

    ``spans`` are the tokens (between white space) as offsets into the sentence. ``meant`` are the shares of each token
    in the last columns, shape (n_spans, n_columns), where there is an embedding.
    """

    spans: list[tuple[int, int]]
    token: Integers
    feature: Integers
    value: Floats
    meant: Floats | None = None


@dataclass(frozen=True, slots=True)
class Frequencies:
    """In how many of some texts each feature occurs."""

    texts: int
    words: Counter[str]
    characters: Counter[str]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Frequencies":
        """Count in texts."""
        folded = [fold(text) for text in texts]
        words = Counter(feature for text in folded for feature in dict.fromkeys(word_features(text)))
        return cls(len(texts), words, Counter(_sequence_frequencies(folded)))

    def with_more(self, texts: Sequence[str]) -> "Frequencies":
        """Return what counting these texts, too, would have given."""
        if not texts:
            return self
        more = Frequencies.of(texts)
        words, characters = self.words.copy(), self.characters.copy()
        words.update(more.words)
        characters.update(more.characters)
        return Frequencies(self.texts + more.texts, words, characters)


class Features:
    """A fitted vocabulary: words first, then character sequences, with their inverse document frequencies."""

    def __init__(
        self, words: Sequence[str], characters: Sequence[str], idf: Floats, *, style: Style | None = None,
        marks: Marks | None = None, meaning: Meaning | None = None,
    ) -> None:  # fmt: skip
        self.words = dict(zip(words, range(len(words)), strict=True))
        self.characters = dict(zip(characters, range(len(words), len(words) + len(characters)), strict=True))
        self.idf = idf
        self.style = style
        self.marks = marks
        self.meaning = meaning

    @property
    def blocks(self) -> list[Block]:
        """What stands beside words and characters and sees folded texts, in the order of its columns."""
        return [block for block in (self.style, self.marks) if block is not None]

    def __len__(self) -> int:
        beside = sum(block.columns for block in self.blocks)
        return len(self.idf) + beside + (self.meaning.columns if self.meaning else 0)

    @classmethod
    def fit(cls, texts: Sequence[str], *, style: Style | None = None) -> "Features":
        """Count in how many texts each feature occurs, and weigh them by that."""
        return cls.weighed(Frequencies.of(texts), style=style)

    @classmethod
    def weighed(cls, counted: Frequencies, *, style: Style | None = None) -> "Features":
        """Weigh what has been counted; the rarest and the commonest are left out."""
        most = MOST_SHARE * counted.texts if counted.texts >= MOST_FROM else counted.texts
        kept = {word: n for word, n in counted.words.items() if MINIMUM_TEXTS <= n <= most}
        characters = {gram: n for gram, n in counted.characters.items() if MINIMUM_TEXTS <= n <= most}
        frequency = np.array([*kept.values(), *characters.values()], dtype=np.float64)
        idf = np.log((1 + counted.texts) / (1 + frequency)) + 1
        return cls(list(kept), list(characters), idf.astype(np.float32).astype(np.float64), style=style)

    def matrix(self, texts: Sequence[str]) -> Any:
        """Give the features of texts: sparse (n_texts, n_features)."""
        folded = [fold(text) for text in texts]
        beside = [summed(block, folded) for block in self.blocks]
        if self.meaning is not None:
            beside.append(self.meaning.rows(texts))
        return sparse.hstack([self.counts(texts), *beside], format="csr")

    def counts(self, texts: Sequence[str]) -> Any:
        """Weigh words and sequences of texts: each half of a row is of length one or empty."""
        folded = [fold(text) for text in texts]
        counts = count(map(word_features, folded), self.words)
        tokens = numbering()
        documents = count(map(str.split, folded), tokens)
        offset = len(self.words)
        inside = count(map(sequences, tokens), self.characters, first=offset)
        halves = [weigh(counts, self.idf[:offset]), weigh(documents @ inside, self.idf[offset:])]
        return sparse.hstack(halves, format="csr", dtype=np.float32)

    def occurrences(self, text: str) -> Occurrences:
        """Features of one sentence, each occurrence with its share of the feature's value."""
        folded = fold(text)
        spans = [match.span() for match in _TOKEN.finditer(folded)]
        placed = self._placed_characters(folded, spans)
        tokens, values = shares_of(placed, self.idf)
        word_places = self._placed_words(folded, spans)
        word_tokens, word_values = shares_of(word_places, self.idf)
        parts = [(tokens, placed[1], values), (word_tokens, word_places[1], word_values)]
        first = len(self.idf)
        for block in self.blocks:
            parts.append(_placed_block(block, folded, spans, first=first))
            first += block.columns
        meant = None if self.meaning is None else self.meaning.on_words(text, spans)
        token, feature, value = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Occurrences(spans, token, feature, value, meant)

    def _placed_characters(self, folded: str, spans: Sequence[tuple[int, int]]) -> tuple[Integers, Integers, Floats]:
        known = self.characters
        # One call per word into C; None, too, takes less than to ask twice.
        found = [
            [column for column in map(known.get, _sequences_again(folded[start:end])) if column is not None]
            for start, end in spans
        ]
        features = np.array([column for columns in found for column in columns], dtype=np.int64)
        return np.repeat(np.arange(len(spans)), [len(columns) for columns in found]), features, np.ones(len(features))

    def _placed_words(self, folded: str, spans: Sequence[tuple[int, int]]) -> tuple[Integers, Integers, Floats]:
        words = [(match.group(), match.start()) for match in _WORD.finditer(folded)]
        starts = np.array([start for start, _ in spans], dtype=np.int64)
        places = (np.searchsorted(starts, [start for _, start in words], side="right") - 1).tolist()
        known = self.words
        named = [(place, word) for (word, _), place in zip(words, places, strict=True)]
        named += [(place, word[:BEGINNING] + MORE) for place, word in named if len(word) > 1]
        single = [(place, known[name]) for place, name in named if name in known]
        double = [
            (at, known[pair])
            for (one, other), both in zip(pairwise(words), pairwise(places), strict=True)
            if (pair := f"{one[0]} {other[0]}") in known
            for at in both
        ]
        tokens = np.array([place for place, _ in chain(single, double)], dtype=np.int64)
        features = np.array([feature for _, feature in chain(single, double)], dtype=np.int64)
        return tokens, features, np.repeat([1.0, 0.5], [len(single), len(double)])


@lru_cache(maxsize=1_000)
def _sequences_again(token: str) -> list[str]:
    """Return what several classifiers and views ask of the words of one sentence."""
    return sequences(token)


def _placed_block(
    block: Block, folded: str, spans: Sequence[tuple[int, int]], *, first: int
) -> tuple[Integers, Integers, Floats]:
    table = np.array(block.placed(folded), dtype=np.float64).reshape(-1, 3)
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    places = np.searchsorted(starts, table[:, 0], side="right") - 1
    return places, table[:, 1].astype(np.int64) + first, table[:, 2]


def _sequence_frequencies(folded: Sequence[str]) -> dict[str, int]:
    """Count the texts each character sequence occurs in."""
    tokens = numbering()
    documents = count(map(str.split, folded), tokens)
    grams = numbering()
    inside = count(map(sequences, tokens), grams)
    frequency = np.zeros(len(grams), dtype=np.int64)
    for start in range(0, len(folded), 2000):  # in pieces: the counts of all texts at once would fill the memory
        present = documents[start : start + 2000] @ inside
        frequency += np.bincount(present.indices, minlength=len(grams))
    return dict(zip(grams, frequency.tolist(), strict=True))


def weigh(counts: Any, idf: Floats) -> Any:
    """Turn counts into 1 + log(count), times idf, each row divided by its length."""
    values = (1 + np.log(counts.data)) * idf[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(rows, weights=values**2, minlength=counts.shape[0]))
    return sparse.csr_array((values / length[rows], counts.indices, counts.indptr), counts.shape)


def shares_of(placed: tuple[Integers, Integers, Floats], idf: Floats) -> tuple[Integers, Floats]:
    """Divide each feature's value among its occurrences."""
    tokens, features, share = placed
    distinct, inverse = np.unique(features, return_inverse=True)
    count = np.bincount(inverse, weights=share, minlength=len(distinct))
    value = (1 + np.log(count)) * idf[distinct]
    length = np.sqrt((value**2).sum()) or 1.0
    return tokens, share * (value / length / count)[inverse]
