"""The features of the training texts, and of each fold as if the texts held out had never been seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotator.learning import marks
from annotator.learning.folds import splits

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """One fold: rows to learn from and rows held out, with the features of either."""

    learn: Integers
    test: Integers
    known: Any
    unknown: Any


@dataclass(frozen=True, slots=True)
class Marked:
    """What is needed to count marked words again: folded texts, their marked spans, their groups."""

    texts: list[str]
    spans: list[marks.Spans | None]
    groups: list[str]

    def only(self, rows: Integers) -> "Marked":
        """Keep some rows."""
        return Marked([self.texts[i] for i in rows], [self.spans[i] for i in rows], [self.groups[i] for i in rows])


class Table:
    """Sparse counts of texts (n_texts, n_features), with the columns of marked words where there are any."""

    def __init__(self, counts: Any, marked: Marked | None = None, *, seed: int = 0) -> None:
        self.counts = counts
        self.marked = marked
        self.seed = seed

    def rows(self, rows: Integers) -> Any:
        """Features to learn from."""
        if self.marked is None:
            return self.counts[rows]
        return self._beside(rows, self._learned(self.marked.only(rows)))

    def parts(self, rows: Integers, fold: Integers) -> list[Part]:
        """Divide rows into folds.

        Marked words are counted anew for each fold without the texts held out: counted once for all, a word's share
        would tell whether the held-out text had it marked, and cross-validation would flatter itself (log loss .50
        instead of .56 on BABE).
        """
        return [self._part(rows, learn, test) for learn, test in splits(fold)]

    def _part(self, rows: Integers, learn: Integers, test: Integers) -> Part:
        if self.marked is None:
            return Part(learn, test, self.counts[rows[learn]], self.counts[rows[test]])
        known, unknown = self.marked.only(rows[learn]), self.marked.only(rows[test])
        told = marks.fit_marked(known.texts, known.spans).matrix(unknown.texts)
        return Part(learn, test, self._beside(rows[learn], self._learned(known)), self._beside(rows[test], told))

    def _learned(self, known: Marked) -> Any:
        return marks.held_out_matrix(known.texts, known.spans, known.groups, seed=self.seed)

    def _beside(self, rows: Integers, columns: Any) -> Any:
        return sparse.hstack([self.counts[rows], columns], format="csr")


def marked_or_none(texts: Sequence[str], spans: Sequence[marks.Spans | None], groups: Sequence[str]) -> Marked | None:
    """Use marks only when there are enough."""
    return Marked(list(texts), list(spans), list(groups)) if marks.has_enough(spans, groups) else None
