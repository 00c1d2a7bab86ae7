"""The features of the training texts, and of each fold as if the texts held out had never been seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotator.learning.folds import splits
from annotator.learning.marks import COLUMNS, Marked

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """One fold: rows to learn from and rows held out, with the features of either."""

    learn: Integers
    test: Integers
    known: Any
    unknown: Any


class Table:
    """Sparse counts of texts (n_texts, n_features), with columns of marked words and of an embedding if there are any.

    ``meant`` are the columns of the embedding, shape (n_texts, n_columns).
    """

    def __init__(self, counts: Any, marked: Marked | None = None, meant: Floats | None = None) -> None:
        self.counts = counts
        self.marked = marked
        self.meant = meant

    @property
    def width(self) -> int:
        """How many columns there are to learn from."""
        return int(self.counts.shape[1]) + (0 if self.marked is None else COLUMNS)

    def rows(self, rows: Integers) -> Any:
        """Features to learn from."""
        return self._beside(rows, self.marked.learned(rows) if self.marked else None)

    def parts(self, rows: Integers, fold: Integers) -> list[Part]:
        """Divide rows into folds.

        Marked words are counted anew for each fold without the texts held out: counted once for all, a word's share
        would tell whether the held-out text had it marked, and cross-validation would flatter itself (log loss .50
        instead of .56 on BABE).
        """
        return [self._part(rows, learn, test) for learn, test in splits(fold)]

    def _part(self, rows: Integers, learn: Integers, test: Integers) -> Part:
        known, unknown = rows[learn], rows[test]
        told = self.marked.told(unknown, known) if self.marked else None
        return Part(learn, test, self.rows(known), self._beside(unknown, told))

    def _beside(self, rows: Integers, told: Floats | None) -> Any:
        meant = None if self.meant is None else self.meant[rows]
        beside = [columns for columns in (told, meant) if columns is not None]
        return sparse.hstack([self.counts[rows], *beside], format="csr") if beside else self.counts[rows]
