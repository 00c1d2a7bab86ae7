"""The views of a sentence around a mention as columns, with the words of the sentence that their values come from."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotator.learning.blocks import Places
from annotator.learning.counting import count
from annotator.learning.features import MINIMUM_TEXTS, Features, shares_of, weigh
from annotator.learning.surroundings import Mark, Passage, Surroundings

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
#: Where the words stand in the sentence, the columns they add to, and what they add; shape (n,) each.
Placed = tuple[Integers, Integers, Floats]


class View(Protocol):
    """Turns sentences into columns, all of them at once or one with the places of its words."""

    def __len__(self) -> int:
        """How many columns there are."""

    def matrix(self, around: Sequence[Surroundings]) -> Any:
        """Give the columns of sentences, sparse (n_sentences, n_columns)."""

    def placed(self, around: Surroundings) -> Placed:
        """Give what every word of a sentence adds; summed up, a row of `matrix`."""


class PassageView:
    """A stretch of the sentence by its words, pairs of words and character sequences."""

    def __init__(self, cut: Callable[[Surroundings], Passage], features: Features) -> None:
        self.cut = cut
        self.features = features

    def __len__(self) -> int:
        return len(self.features)

    @classmethod
    def fit(cls, cut: Callable[[Surroundings], Passage], around: Sequence[Surroundings]) -> "PassageView":
        """Count what is in the passages of the training sentences."""
        return cls(cut, Features.fit([cut(one).text for one in around]))

    def matrix(self, around: Sequence[Surroundings]) -> Any:
        """Weigh the words and sequences of passages."""
        return self.features.matrix([self.cut(one).text for one in around])

    def placed(self, around: Surroundings) -> Placed:
        """Give what every word adds; what the placeholder adds stands where the mention is."""
        passage = self.cut(around)
        found = self.features.occurrences(passage.text)
        origins = np.array([passage.origin(start) for start, _ in found.spans], dtype=np.int64)
        return origins[found.token], found.feature, found.value


class MarkView:
    """What is seen of a sentence as whole marks, weighed like words."""

    def __init__(self, see: Callable[[Surroundings], list[Mark]], names: Sequence[str], idf: Floats) -> None:
        self.see = see
        self.names = dict(zip(names, range(len(names)), strict=True))
        self.idf = idf

    def __len__(self) -> int:
        return len(self.idf)

    @classmethod
    def fit(cls, see: Callable[[Surroundings], list[Mark]], around: Sequence[Surroundings]) -> "MarkView":
        """Count in how many sentences each mark is; the rarest are left out."""
        seen = Counter(name for one in around for name in {name for name, _ in see(one)})
        kept = {name: n for name, n in seen.items() if n >= MINIMUM_TEXTS}
        idf = np.log((1 + len(around)) / (1 + np.array(list(kept.values()), dtype=np.float64))) + 1
        return cls(see, list(kept), idf.astype(np.float32).astype(np.float64))

    def matrix(self, around: Sequence[Surroundings]) -> Any:
        """Weigh the marks of sentences: each row is of length one or empty."""
        return weigh(count([[name for name, _ in self.see(one)] for one in around], self.names), self.idf)

    def placed(self, around: Surroundings) -> Placed:
        """Give what every word adds: an equal part of each mark it is seen by."""
        seen = [(at, self.names[name], 1 / len(places)) for name, places in self.see(around) if name in self.names
                for at in places]  # fmt: skip
        table = np.array(seen, dtype=np.float64).reshape(-1, 3)
        columns = table[:, 1].astype(np.int64)
        places, values = shares_of((table[:, 0].astype(np.int64), columns, table[:, 2]), self.idf)
        return places, columns, values


class ColumnView:
    """A few full columns, each value the sum of what words add; ``ratings`` tells how good or bad words are."""

    def __init__(
        self, see: Callable[[Surroundings, Mapping[str, float]], Places], columns: int,
        ratings: Mapping[str, float],
    ) -> None:  # fmt: skip
        self.see = see
        self.columns = columns
        self.ratings = ratings

    def __len__(self) -> int:
        return self.columns

    def matrix(self, around: Sequence[Surroundings]) -> Any:
        """Sum up the columns of sentences."""
        rows = np.zeros((len(around), self.columns))
        for row, one in enumerate(around):
            for _, column, value in self.see(one, self.ratings):
                rows[row, column] += value
        return sparse.csr_array(rows)

    def placed(self, around: Surroundings) -> Placed:
        """Give what every word adds."""
        table = np.array(self.see(around, self.ratings), dtype=np.float64).reshape(-1, 3)
        return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2]
