"""What several annotators said of many items, with items and documents that are alike taken together.

A hundred thousand sentences labelled by five people show only some hundred different rows of labels. Whatever is
computed per row is computed once for each of them, and the bootstrap draws kinds of documents, not documents.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Stands in a matrix of values where an annotator said nothing of an item.
MISSING = -1


@dataclass(frozen=True, slots=True)
class Table:
    """Distinct rows of values, and how often each kind of document holds each of them.

    Attributes
    ----------
    rows
        Shape (n_rows, n_annotators): value codes from 0, ``MISSING`` where there is none.
    counts
        Shape (n_rows, n_values): how many annotators gave each value.
    held
        Sparse, shape (n_kinds, n_rows): how much of each row a document of a kind holds.
    times
        Shape (n_kinds,): how many documents are of the kind.
    row_of
        Shape (n_items,): the row of each item.
    """

    rows: Ints
    counts: Floats
    held: Any
    times: Ints
    row_of: Ints

    @property
    def pairable(self) -> NDArray[np.bool_]:
        """Which rows have at least two values, shape (n_rows,)."""
        return np.asarray(self.counts.sum(axis=1) >= 2)

    @property
    def documents(self) -> int:
        """How many documents hold an item with at least two values."""
        return int(self.times[np.asarray(self.held @ self.pairable.astype(np.float64) > 0)].sum())


def tabulate(
    values: ArrayLike, documents: ArrayLike | None = None, *, n_values: int, weights: ArrayLike | None = None,
    ordered: bool = False,
) -> Table:  # fmt: skip
    """Take equal items and equal documents together.

    Parameters
    ----------
    values
        Shape (n_items, n_annotators): codes from 0 to ``n_values - 1``, ``MISSING`` where nothing was said.
    documents
        Shape (n_items,): any number per document; by default each item is a document of its own.
    n_values
        How many different values there can be.
    weights
        Shape (n_items,): how many items each stands for (the length of a stretch of text); by default 1.
    ordered
        Whether it matters who said what, as it does for Cohen's kappa. If not, rows that differ in who said what
        are the same row, and there are far fewer of them.

    Raises
    ------
    ValueError
        If shapes do not fit together, or a code lies outside its range.

    Examples
    --------
    >>> table = tabulate([[0, 0], [0, 1], [1, 0], [1, -1]], n_values=2)
    >>> table.counts.tolist(), table.times.tolist()
    ([[0.0, 1.0], [2.0, 0.0], [1.0, 1.0]], [1, 1, 2])
    """
    matrix = np.asarray(values, dtype=np.int64)
    if matrix.ndim != 2:
        raise ValueError("values must be a matrix of items and annotators")
    if matrix.size and not (matrix.min() >= MISSING and matrix.max() < n_values):
        raise ValueError(f"a value lies outside {MISSING} to {n_values - 1}")
    if not ordered:
        matrix = np.sort(matrix, axis=1)
    first, row_of = _distinct(matrix, n_values)
    rows = matrix[first]
    counts = np.zeros((len(rows), n_values))
    for column in rows.T:
        given = np.flatnonzero(column >= 0)
        counts[given, column[given]] += 1
    held, times = _kinds(row_of, _documents(documents, len(matrix)), weights, n_rows=len(rows))
    return Table(rows, counts, held, times, row_of)


def _distinct(matrix: Ints, n_values: int) -> tuple[Ints, Ints]:
    """Return where each distinct row stands first, and which of them each row is."""
    base = n_values + 1
    if base ** matrix.shape[1] < 2**62:
        # A row is a number then, and numbers are found several times faster than rows.
        keys = (matrix + 1) @ (base ** np.arange(matrix.shape[1], dtype=np.int64)[::-1])
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    else:
        small = matrix.astype(np.min_scalar_type(-max(n_values, 1)))
        _, first, inverse = np.unique(small, axis=0, return_index=True, return_inverse=True)
    return first, inverse.reshape(-1)


def _documents(documents: ArrayLike | None, items: int) -> Ints:
    if documents is None:
        return np.arange(items)
    numbers = np.asarray(documents)
    if numbers.shape != (items,):
        raise ValueError("documents must name one document for each item")
    return np.asarray(np.unique(numbers, return_inverse=True)[1], dtype=np.int64)


def _kinds(row_of: Ints, documents: Ints, weights: ArrayLike | None, *, n_rows: int) -> tuple[Any, Ints]:
    """Return what each kind of document holds, and how many documents are of it.

    Documents with a single item are of the same kind if their items are alike; every other one is its own kind.
    """
    from scipy import sparse

    weight = np.ones(len(row_of)) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != row_of.shape:
        raise ValueError("weights must hold one number for each item")
    n_documents = int(documents.max(initial=-1)) + 1
    held = sparse.csr_matrix((weight, (documents, row_of)), shape=(n_documents, n_rows))
    is_single = (np.diff(held.indptr) == 1) & (np.asarray(held.sum(axis=1)).reshape(-1) == 1)
    kinds, times = np.unique(held.indices[held.indptr[:-1][is_single]], return_counts=True)
    singles = sparse.csr_matrix((np.ones(len(kinds)), (np.arange(len(kinds)), kinds)), shape=(len(kinds), n_rows))
    many = held[~is_single]
    return sparse.vstack([singles, many], format="csr"), np.concatenate([times, np.ones(many.shape[0], np.int64)])
