"""The features of the training texts, and of each fold as if the texts held out had never been seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotator.learning.folds import splits
from annotator.learning.marks import COLUMNS, Marked

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """One fold: rows to learn from and rows held out, with the features of either."""

    learn: Integers
    test: Integers
    known: Any
    unknown: Any


class Table:
    """Sparse counts of texts (n_texts, n_features), with the columns of marked words where there are any."""

    def __init__(self, counts: Any, marked: Marked | None = None) -> None:
        self.counts = counts
        self.marked = marked

    @property
    def width(self) -> int:
        """How many columns there are to learn from."""
        return int(self.counts.shape[1]) + (0 if self.marked is None else COLUMNS)

    def rows(self, rows: Integers) -> Any:
        """Features to learn from."""
        if self.marked is None:
            return self.counts[rows]
        return self._beside(rows, self.marked.learned(rows))

    def parts(self, rows: Integers, fold: Integers) -> list[Part]:
        """Divide rows into folds.

        Marked words are counted anew for each fold without the texts held out: counted once for all, a word's share
        would tell whether the held-out text had it marked, and cross-validation would flatter itself (log loss .50
        instead of .56 on BABE).
        """
        return [self._part(rows, learn, test) for learn, test in splits(fold)]

    def _part(self, rows: Integers, learn: Integers, test: Integers) -> Part:
        known, unknown = rows[learn], rows[test]
        if self.marked is None:
            return Part(learn, test, self.counts[known], self.counts[unknown])
        told = self.marked.told(unknown, known)
        return Part(learn, test, self.rows(known), self._beside(unknown, told))

    def _beside(self, rows: Integers, columns: Any) -> Any:
        return sparse.hstack([self.counts[rows], columns], format="csr")
