"""How far apart two values are: squared differences for numbers, shares of what two sets have in common."""

from collections.abc import Sequence, Set
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from annotator.statistics.tables import Floats

SetDistance = Literal["jaccard", "masi"]


def nominal(n_values: int) -> Floats:
    """Return 1 between different labels and 0 between equal ones, shape (n_values, n_values)."""
    return 1.0 - np.eye(n_values)


def interval(numbers: ArrayLike) -> Floats:
    """Return the squared differences of numbers with equal steps between them.

    Parameters
    ----------
    numbers
        Shape (n_values,): the number each value stands for.

    Examples
    --------
    >>> interval([1, 2, 4]).tolist()
    [[0.0, 1.0, 9.0], [1.0, 0.0, 4.0], [9.0, 4.0, 0.0]]
    """
    number = np.asarray(numbers, dtype=np.float64)
    return np.asarray((number[:, None] - number[None, :]) ** 2)


def ratio(numbers: ArrayLike) -> Floats:
    """Return the squared differences of non-negative numbers relative to their sums; 0 between two zeros.

    Raises
    ------
    ValueError
        If a number is negative: a ratio scale begins at 0.
    """
    number = np.asarray(numbers, dtype=np.float64)
    if (number < 0).any():
        raise ValueError("a ratio scale has no negative numbers")
    total = number[:, None] + number[None, :]
    return np.asarray(((number[:, None] - number[None, :]) / np.where(total > 0, total, 1.0)) ** 2)


def between_sets(sets: Sequence[Set[int]], distance: SetDistance) -> Floats:
    """Return distances between sets of labels, shape (n_sets, n_sets); two empty sets are equal.

    ``jaccard`` is 1 minus the share of the labels of either set that are in both. ``masi`` multiplies that share by
    1 for equal sets, 2/3 if one holds the other, 1/3 if they only overlap (Passonneau 2006, Measuring agreement on
    set-valued items for semantic and pragmatic annotation, section 3).

    Examples
    --------
    >>> between_sets([{0, 1}, {0}], "jaccard")[0, 1], between_sets([{0, 1}, {0}], "masi")[0, 1].round(3)
    (np.float64(0.5), np.float64(0.667))
    """
    size = 1 + max((max(members) for members in sets if members), default=0)
    holds = np.zeros((len(sets), size))
    for row, members in enumerate(sets):
        holds[row, list(members)] = 1
    sizes = holds.sum(axis=1)
    both = holds @ holds.T
    either = sizes[:, None] + sizes[None, :] - both
    share = np.where(either > 0, both / np.where(either > 0, either, 1), 1.0)
    if distance == "jaccard":
        return np.asarray(1 - share)
    smaller, larger = np.minimum.outer(sizes, sizes), np.maximum.outer(sizes, sizes)
    likeness = np.where(both == larger, 1.0, np.where(both == smaller, 2 / 3, 1 / 3))
    return np.asarray(1 - share * likeness)
