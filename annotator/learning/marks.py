"""How often people mark each word as loaded, and what that says of a sentence.

A word's share is drawn towards what its spelling leads one to expect: words in *-ous* are marked more often than names,
so that a word which nobody has seen yet counts for something, too. What it gave is told in docs/decisions/030.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import lsqr

from annotator.learning.blocks import Places
from annotator.learning.counting import count, numbering, sequences
from annotator.learning.folds import grouped_folds, splits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Spans = Sequence[tuple[int, int]]

#: The largest share of a sentence's words, the second, the third, their sum, their mean, and how many are often marked.
COLUMNS = 6
OFTEN = 0.2
#: Fewer sentences with marks than this tell nothing about words.
NEEDED = 100
#: A word seen so many times is as much its own as its spelling's.
DRAWN = 3.0
#: A word seen more often than this tells no more about spelling.
TELLS = 5
#: Character sequences of fewer words than this are left out; the ridge holds down those that stay.
RAREST, RIDGE, STEPS = 3, 2.0, 20
LARGEST = 0.95
PARTS = 5

_WORD = re.compile(r"\w+")


class Marks:
    """Shares of known words; of any other ``usual`` and the weights of its character sequences."""

    columns = COLUMNS

    def __init__(self, shares: dict[str, float], grams: dict[str, float], usual: float) -> None:
        self.shares = shares
        self.grams = grams
        self.usual = usual

    def share(self, word: str) -> float:
        """Give the share of texts with a word in which it was marked, or is expected to be."""
        known = self.shares.get(word)
        return self._expected(word) if known is None else known

    def _expected(self, word: str) -> float:
        weights = [self.grams[gram] for gram in dict.fromkeys(sequences(word)) if gram in self.grams]
        added = sum(weights) / len(weights) ** 0.5 if weights else 0.0
        return min(max(self.usual + added, self.usual / 10), LARGEST)

    def placed(self, text: str) -> Places:
        """Give what every word of a folded text adds: its offset, the column and the value."""
        places: dict[str, list[int]] = {}
        for match in _WORD.finditer(text):
            places.setdefault(match.group(), []).append(match.start())
        shares = {word: self.share(word) for word in places}
        found: Places = []
        for rank, (word, share) in enumerate(sorted(shares.items(), key=lambda pair: -pair[1])):
            parts = [(3, share / 4), (4, 5 * share / len(shares))]
            parts += [(rank, share)] if rank < 3 else []
            parts += [(5, 0.25)] if share > OFTEN else []
            found += [(at, column, value / len(places[word])) for column, value in parts for at in places[word]]
        return found


class Marked:
    """Which words the texts have and which were marked, to count them again in any part of the texts.

    Texts are folded; spans are None where nobody was asked to mark anything.
    """

    def __init__(
        self, texts: Sequence[str], spans: Sequence[Spans | None], groups: Sequence[str], *, seed: int = 0
    ) -> None:
        words, grams = numbering(), numbering()
        # Dictionaries rather than sets, whose order, and with it the last digits, would be another in each process.
        found = [[(match.group(), match.start()) for match in _WORD.finditer(text)] for text in texts]
        self.seen = count([dict.fromkeys(word for word, _ in one) for one in found], words)
        self.words = list(words)
        hits = [
            dict.fromkeys(word for word, at in one if any(start <= at < end for start, end in marked or ()))
            for one, marked in zip(found, spans, strict=True)
        ]
        self.hits = count(hits, dict(words))
        self.spelling = _spelling(count([dict.fromkeys(sequences(word)) for word in self.words], grams))
        self.grams = list(grams)
        self.asked = np.array([marked is not None for marked in spans])
        self.groups = list(groups)
        self.seed = seed

    def shares(self, rows: Integers) -> tuple[Floats, Floats, float]:
        """Count in some texts: the share of each word (n_words,), the weight of each sequence, the usual share."""
        own = rows[self.asked[rows]]
        seen, hits = _sums(self.seen, own), _sums(self.hits, own)
        usual = float(hits.sum() / max(seen.sum(), 1))
        known = np.flatnonzero(seen)
        weight = np.sqrt(np.minimum(seen[known], TELLS))
        above = (hits[known] + usual) / (seen[known] + 1) - usual
        rated = sparse.diags_array(weight) @ self.spelling[known]
        grams = np.asarray(lsqr(rated, weight * above, damp=RIDGE**0.5, iter_lim=STEPS)[0])
        expected = np.clip(usual + self.spelling @ grams, usual / 10, LARGEST)
        return (hits + DRAWN * expected) / (seen + DRAWN), grams, usual

    def told(self, rows: Integers, learn: Integers) -> Floats:
        """Give the columns of texts from words counted in others, shape (n, 6)."""
        shares = self.shares(learn)[0]
        found = np.zeros((len(rows), COLUMNS))
        for place, row in enumerate(rows):
            ranked = np.sort(shares[self.seen.indices[self.seen.indptr[row] : self.seen.indptr[row + 1]]])[::-1]
            if len(ranked):
                found[place, : len(ranked[:3])] = ranked[:3]
                found[place, 3:] = ranked.sum() / 4, 5 * ranked.mean(), (ranked > OFTEN).sum() / 4
        return found

    def learned(self, rows: Integers) -> Floats:
        """Give the columns of training texts from words counted in other groups only, as they will be for new texts."""
        found = np.zeros((len(rows), COLUMNS))
        fold = grouped_folds([self.groups[row] for row in rows], folds=PARTS, seed=self.seed)
        for learn, test in splits(fold):
            found[test] = self.told(rows[test], rows[learn])
        return found

    def fitted(self) -> Marks:
        """Count in all texts, for texts to come."""
        shares, grams, usual = self.shares(np.arange(len(self.asked)))
        known = np.flatnonzero(_sums(self.seen, np.flatnonzero(self.asked)))
        told = np.flatnonzero(np.bincount(self.spelling.indices, minlength=len(self.grams)))
        return Marks(
            {self.words[i]: float(np.float32(shares[i])) for i in known},
            {self.grams[i]: float(np.float32(grams[i])) for i in told},
            float(np.float32(usual)),
        )


def has_enough(spans: Sequence[Spans | None], groups: Sequence[str]) -> bool:
    """Whether a hundred texts have marks, in more than one group."""
    return sum(bool(marked) for marked in spans) >= NEEDED and len(set(groups)) > 1


def _sums(matrix: sparse.csr_array, rows: Integers) -> Floats:
    return np.asarray(matrix[rows].sum(axis=0), dtype=np.float64).ravel()


def _spelling(grams: sparse.csr_array) -> sparse.csr_array:
    """Leave rare sequences out and give every word's row length one."""
    kept = grams @ sparse.diags_array((_sums(grams, np.arange(grams.shape[0])) >= RAREST).astype(np.float64))
    kept = sparse.csr_array(kept)
    kept.eliminate_zeros()
    size = np.maximum(np.diff(kept.indptr), 1)
    return sparse.csr_array(sparse.diags_array(1 / np.sqrt(size)) @ kept)
