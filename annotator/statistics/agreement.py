"""How far annotators agree beyond chance: coefficients as functions of sums over documents.

Each coefficient is a :class:`Measure`: what a row of values adds, and what the added numbers come to. Sums make
the bootstrap cheap: a sample of documents is a product of matrices, not a new count (see :mod:`.bootstrap`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from annotator.statistics.tables import Floats, Ints, Table

Level = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A coefficient on one table.

    Attributes
    ----------
    parts
        Shape (n_kinds, n_sums): what one document of each kind adds.
    value
        Takes sums of shape (..., n_sums) and returns the coefficient, shape (...); NaN where it is undefined.
    of_rows
        Shape (n_rows, n_sums): what one item with each row of values adds.
    of
        Returns the same for another table with as many rows.
    """

    parts: Floats
    value: Callable[[Floats], Floats]
    of_rows: Floats
    of: Callable[["Table"], Any]


def alpha(table: Table, distance: Floats) -> Measure:
    """Krippendorff's alpha for a fixed distance between values: nominal, interval, ratio, sets.

    Parameters
    ----------
    table
        Items with fewer than two values count for nothing.
    distance
        Shape (n_values, n_values), symmetric, 0 on the diagonal; already squared where the level asks for it.

    Notes
    -----
    1 - observed / expected disagreement over pairable values. NaN if all of them are the same value: then nothing
    was expected to disagree, and agreement cannot be told from chance.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections C to F.

    Examples
    --------
    >>> from annotator.statistics.distances import nominal
    >>> from annotator.statistics.tables import tabulate
    >>> table = tabulate([[0, 0], [1, 1], [0, 1], [0, 0]], n_values=2)
    >>> round(point(table, alpha(table, nominal(2))), 3)
    0.533
    """

    def of(table: Table) -> Floats:
        given = _pairable_counts(table)
        observed = np.zeros(len(table.rows))
        for left, right in combinations(table.rows.T, 2):
            both = np.flatnonzero((left >= 0) & (right >= 0))
            observed[both] += 2 * distance[left[both], right[both]]
        return np.column_stack([observed / np.maximum(given.sum(axis=1) - 1, 1), given])

    def value(sums: Floats) -> Floats:
        totals = sums[..., 1:]
        expected = ((totals @ distance) * totals).sum(axis=-1)
        return 1 - _divided(sums[..., 0] * (totals.sum(axis=-1) - 1), expected)

    return _measure(table, of, value)


def alpha_ordinal(table: Table) -> Measure:
    """Krippendorff's alpha for values whose codes are in rank order.

    The distance of two ranks depends on how often the ranks between them were given, so it is taken anew for every
    sample: it is the squared difference of the ranks' middle positions among all pairable values.

    Notes
    -----
    NaN as in :func:`alpha`.

    References
    ----------
    Krippendorff (2011), section E: the metric difference of ordinal data.
    """
    n_values = table.counts.shape[1]

    def of(table: Table) -> Floats:
        given = _pairable_counts(table)
        together = given[:, :, None] * given[:, None, :]
        together[:, range(n_values), range(n_values)] -= given
        together /= np.maximum(given.sum(axis=1) - 1, 1)[:, None, None]
        return np.asarray(together.reshape(len(given), n_values * n_values))

    def value(sums: Floats) -> Floats:
        coincidences = sums.reshape(*sums.shape[:-1], n_values, n_values)
        totals = coincidences.sum(axis=-1)
        middle = totals.cumsum(axis=-1) - totals / 2
        count, squares = totals.sum(axis=-1), (totals * middle**2).sum(axis=-1)
        product = np.einsum("...c,...ck,...k->...", middle, coincidences, middle)
        expected = 2 * count * squares - 2 * (totals * middle).sum(axis=-1) ** 2
        return 1 - _divided((2 * squares - 2 * product) * (count - 1), expected)

    return _measure(table, of, value)


def percent_agreement(table: Table) -> Measure:
    """Return the share of an item's pairs of values that are equal, averaged over items with at least two values."""

    def of(table: Table) -> Floats:
        return np.column_stack([_agreeing(table), table.pairable])

    def value(sums: Floats) -> Floats:
        return _divided(sums[..., 0], sums[..., 1])

    return _measure(table, of, value)


def fleiss_kappa(table: Table) -> Measure:
    """Fleiss' kappa: chance from the labels of all annotators together; items may differ in how many labelled them.

    Notes
    -----
    Items with one value count for how often each value is given, those with two or more also for agreement, as for
    :func:`gwet_ac1`. NaN if all values are the same.

    References
    ----------
    Fleiss (1971), Measuring nominal scale agreement among many raters, equations 2 to 7; for items that differ in
    the number of values Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 2.
    """

    def value(sums: Floats) -> Floats:
        return _beyond_chance(_divided(sums[..., 0], sums[..., 1]), (_shares(sums) ** 2).sum(axis=-1))

    return _measure(table, _agreement_and_shares, value)


def gwet_ac1(table: Table, *, labels: int | None = None) -> Measure:
    """Gwet's AC1: chance only for items that are hard to label, so it stays high where one label prevails.

    Parameters
    ----------
    table
        Items with one value count for how often each value is given, those with two or more also for agreement.
    labels
        How many labels could have been given; by default those that were.

    Notes
    -----
    NaN if there is one label only, since then nobody could disagree.

    References
    ----------
    Gwet (2008), Computing inter-rater reliability and its variance in the presence of high agreement, section 4;
    for missing values Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 2.
    """
    possible = labels or int((table.counts.sum(axis=0) > 0).sum())

    def value(sums: Floats) -> Floats:
        share = _shares(sums)
        chance = (share * (1 - share)).sum(axis=-1)
        expected = chance / (possible - 1) if possible > 1 else np.full_like(chance, np.nan)
        return _beyond_chance(_divided(sums[..., 0], sums[..., 1]), expected)

    return _measure(table, _agreement_and_shares, value)


def cohen_kappa(table: Table, first: int, second: int) -> Measure:
    """Cohen's kappa (unweighted) of two annotators, given by their columns in an ``ordered`` table.

    Notes
    -----
    Over items both have labelled. NaN if there is none, or if both gave one and the same label throughout.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, equation 1.
    """
    n_values = table.counts.shape[1]

    def of(table: Table) -> Floats:
        left, right = table.rows[:, first], table.rows[:, second]
        both = (left >= 0) & (right >= 0)
        equal = both & (left == right)
        return np.column_stack([both, equal, _one_hot(left, both, n_values), _one_hot(right, both, n_values)])

    def value(sums: Floats) -> Floats:
        count = sums[..., 0]
        chance = (sums[..., 2 : 2 + n_values] * sums[..., 2 + n_values :]).sum(axis=-1)
        return _beyond_chance(_divided(sums[..., 1], count), _divided(chance, count**2))

    return _measure(table, of, value)


def confusion(table: Table, first: int, second: int) -> Floats:
    """Return how often one annotator gave each value where another gave each, shape (n_values, n_values)."""
    left, right = table.rows[:, first], table.rows[:, second]
    both = (left >= 0) & (right >= 0)
    found = np.zeros((table.counts.shape[1],) * 2)
    often = np.asarray(table.held.T @ table.times)
    np.add.at(found, (left[both], right[both]), often[both])
    return found


def point(table: Table, measure: Measure) -> float:
    """Return the coefficient on the table as it is; NaN if it is undefined."""
    return float(measure.value(np.asarray(table.times @ measure.parts, dtype=np.float64)))


def gains(table: Table, measure: Measure, distance: Floats) -> Floats:
    """Return by how much the coefficient would rise if one item with each row of values were settled.

    Settled means that everybody who labelled the item gives the value nearest to all that were given, the most
    frequent one for labels without order.

    Parameters
    ----------
    table, measure
        A table and a coefficient made by one of the functions above from it.
    distance
        Shape (n_values, n_values): how far apart values are when the nearest is chosen.

    Returns
    -------
    Shape (n_rows,); 0 where all values of a row are equal, NaN where the coefficient is undefined.
    """
    settled = settle(table, distance)
    sums = np.asarray(table.times @ measure.parts, dtype=np.float64)
    changed = sums - measure.of_rows + measure.of(settled)
    return measure.value(changed) - measure.value(sums)


def settle(table: Table, distance: Floats) -> Table:
    """Return the table with each row's values replaced by the one nearest to all of them."""
    far = np.where(table.counts > 0, table.counts @ distance, np.inf)
    nearest = far.argmin(axis=1)
    rows = np.where(table.rows >= 0, nearest[:, None], table.rows)
    counts = np.zeros_like(table.counts)
    counts[np.arange(len(rows)), nearest] = table.counts.sum(axis=1)
    return replace(table, rows=rows, counts=counts)


def _measure(table: Table, of: Callable[[Table], Any], value: Callable[[Floats], Floats]) -> Measure:
    of_rows = np.asarray(of(table), dtype=np.float64)
    return Measure(np.asarray(table.held @ of_rows), value, of_rows, of)


def _agreement_and_shares(table: Table) -> Floats:
    """Return per row: share of equal pairs, whether there are pairs, whether there is a value, share of each value."""
    ratings = table.counts.sum(axis=1, keepdims=True)
    shares = table.counts / np.maximum(ratings, 1)
    return np.column_stack([_agreeing(table), table.pairable, ratings > 0, shares])


def _shares(sums: Floats) -> Floats:
    return _divided(sums[..., 3:], sums[..., 2:3])


def _pairable_counts(table: Table) -> Floats:
    return table.counts * table.pairable[:, None]


def _agreeing(table: Table) -> Floats:
    """Return the share of equal pairs in each row, shape (n_rows,); 0 where there is no pair."""
    ratings = table.counts.sum(axis=1)
    return np.asarray((table.counts * (table.counts - 1)).sum(axis=1) / np.maximum(ratings * (ratings - 1), 1))


def _one_hot(codes: Ints, where: NDArray[np.bool_], n_values: int) -> Floats:
    found = np.zeros((len(codes), n_values))
    found[where, codes[where]] = 1
    return found


def _beyond_chance(observed: Floats, expected: Floats) -> Floats:
    # Sums of floating-point shares miss 1 by a little where everything is the same label.
    return _divided(observed - expected, np.where(1 - expected > 1e-12, 1 - expected, 0.0))


def _divided(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan))
