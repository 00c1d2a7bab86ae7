"""Which sentences are like another one: weighted overlap of their words, in any script."""

import math
import re
import unicodedata
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

#: Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han; there pairs of characters stand for words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Marks that belong to the letter before them: accents, points and vowel signs.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
_WORDS = re.compile(f"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\\W_])(?:(?![{_UNSPACED}])[^\\W_]|[{_MARKS}])*")
_FIRST_UNSPACED = re.compile(f"[{_UNSPACED}]")
#: A longer sentence is known by its first words.
_MOST_WORDS = 300
#: Sentences that share a rarer word are looked at until there are so many.
_MOST_LOOKED_AT = 1_000
#: Of these, as many are compared in full.
_MOST_COMPARED = 30


@dataclass(frozen=True, slots=True)
class Similar(Generic[K]):
    """A sentence of the index and how similar it is, from 0 to 1."""

    key: K
    similarity: float


class SimilarityIndex(Generic[K]):
    """Sentences that can be asked for those most similar to another; grows and shrinks sentence by sentence.

    The similarity of two sentences is the cosine of their sets of words, each word weighted by the logarithm of
    1 + n / (1 + d), where d of the n sentences in the index have it: words in every sentence hardly count. Candidates
    come from an inverted index, rarest words first; what shares common words only may be missed.

    Source: G. Salton and C. Buckley (1988), Term-weighting approaches in automatic text retrieval, Information
    Processing & Management 24 (5), section 2 (binary term frequency, inverse document frequency, cosine), with the
    logarithm smoothed so that no weight is negative.

    Parameters
    ----------
    most
        Sentences kept; the one added longest ago goes first.

    Examples
    --------
    >>> index = SimilarityIndex(most=100)
    >>> index.add("a", "Prices rose in March."); index.add("b", "The vote was close.")
    >>> [found.key for found in index.similar("In May, prices rose again.", count=1, least=0.2)]
    ['a']
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._words: dict[K, frozenset[str]] = {}
        self._places: dict[str, set[K]] = {}
        self._ages: dict[K, int] = {}
        self._added = 0

    def __len__(self) -> int:
        """Return how many sentences are in the index."""
        return len(self._words)

    def add(self, key: K, text: str) -> None:
        """Put a sentence in, in the place of an earlier one with its key."""
        self.remove(key)
        self._words[key] = words = frozenset(words_of(text))
        self._ages[key] = self._added = self._added + 1
        for word in words:
            self._places.setdefault(word, set()).add(key)
        if len(self._words) > self._most:
            self.remove(next(iter(self._words)))

    def remove(self, key: K) -> None:
        """Take a sentence out; one that is not there is no mistake."""
        self._ages.pop(key, None)
        for word in self._words.pop(key, ()):
            self._places[word].discard(key)
            if not self._places[word]:
                del self._places[word]

    def similar(self, text: str, *, count: int, least: float, without: K | None = None) -> list[Similar[K]]:
        """Return the most similar sentences, the most similar first and of equals the one added last.

        Parameters
        ----------
        text
            A sentence, which may be in the index itself.
        count
            How many to return at most.
        least
            Similarity below which a sentence is left out; above 0, for unrelated sentences have 0.
        without
            The key of a sentence not to be returned.
        """
        wanted = frozenset(words_of(text))
        # Squares of the weights, worked out once for each word that comes up: many sentences share them.
        weights = _Weights(len(self._words), self._places)
        length = _length(wanted, weights)
        found = [
            Similar(key, _total(wanted & words, weights) / (length * _length(words, weights)))
            for key in self._candidates(wanted, weights)
            if key != without and (words := self._words[key])
        ]
        kept = sorted((one for one in found if one.similarity >= least), key=lambda one: -one.similarity)
        return kept[:count]

    def _candidates(self, wanted: frozenset[str], weights: "_Weights[K]") -> list[K]:
        """Return the sentences that share the rarest words, the best first, the newest of equals first."""
        scores: dict[K, float] = {}
        looked_at = 0
        for word in sorted(wanted & self._places.keys(), key=lambda word: (len(self._places[word]), word)):
            places = self._places[word]
            if scores and looked_at + len(places) > _MOST_LOOKED_AT:
                break
            looked_at += len(places)
            weight = weights[word]
            for key in places:
                scores[key] = scores.get(key, 0.0) + weight
        ages = self._ages
        return nsmallest(_MOST_COMPARED, scores, key=lambda key: (-scores[key], -ages[key]))


class _Weights(dict[str, float], Generic[K]):
    """The squared weight of each word, worked out when first asked for."""

    def __init__(self, sentences: int, places: dict[str, set[K]]) -> None:
        super().__init__()
        self._sentences = sentences
        self._places = places

    def __missing__(self, word: str) -> float:
        weight = self[word] = math.log1p(self._sentences / (1 + len(self._places.get(word, ())))) ** 2
        return weight


def _total(words: frozenset[str], weights: "_Weights[K]") -> float:
    # Exact, so that the order in which a set gives its words makes no difference.
    return math.fsum([weights[word] for word in words])


def _length(words: frozenset[str], weights: "_Weights[K]") -> float:
    return math.sqrt(_total(words, weights)) or 1.0


def words_of(text: str) -> Iterator[str]:
    """Yield the words of a text without case; of scripts without spaces, pairs of neighbouring characters.

    Examples
    --------
    >>> list(words_of("Prices ROSE, 習近平 said."))
    ['prices', 'rose', '習近', '近平', 'said']
    """
    for match in list(_WORDS.finditer(unicodedata.normalize("NFKC", text).casefold()))[:_MOST_WORDS]:
        word = match[0]
        if _FIRST_UNSPACED.match(word) and len(word) > 1:
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        else:
            yield word
