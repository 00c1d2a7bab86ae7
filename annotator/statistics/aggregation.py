"""One answer from many: majority with its ties, shares of votes, and Dawid and Skene's estimate.

Votes come as three arrays of equal length, one entry per vote: the unit, the annotator and the label, each a whole
number from 0 on. Who did not answer has no entry; several votes of one annotator on one unit are allowed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: What stands where there is no label.
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Majority:
    """What most said, per unit.

    ``labels`` (n_units,) is -1 where nobody voted or the most frequent labels tie; ``is_tied`` (n_units,) tells the
    two apart; ``share`` (n_units,) is the share of votes for the most frequent label, NaN where nobody voted;
    ``counts`` (n_units, n_labels) are the votes.
    """

    labels: Numbers
    is_tied: Flags
    share: Floats
    counts: Floats


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """Estimated truth and estimated error rates.

    ``probabilities`` (n_units, n_labels) are those of each label being the true one; ``labels`` (n_units,) the most
    probable, -1 where nobody voted or two are equally probable; ``prevalence`` (n_labels,) how common each label is;
    ``confusion`` (n_annotators, n_labels, n_labels) the probability that an annotator says the second label where
    the first is true. ``has_converged`` is false where ``rounds`` reached the limit.

    Notes
    -----
    A. P. Dawid and A. M. Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm,
    Applied Statistics 28(1), 20-28: error rates by equation (2.3), prevalence by (2.4), truth by (2.5), the first
    guess by (3.1). An annotator errs independently of the others once the true label is known, in the same way on
    every unit. The smoothing is ours: the mode under Dirichlet priors by which people are right more often than not
    until their votes say otherwise; without it an annotator who was never seen to err is taken for infallible.
    """

    labels: Numbers
    probabilities: Floats
    prevalence: Floats
    confusion: Floats
    rounds: int
    has_converged: bool


def majority(units: ArrayLike, labels: ArrayLike, *, n_units: int, n_labels: int) -> Majority:
    """Return the most frequent label of each unit; a tie is no label and is said to be one.

    Parameters
    ----------
    units, labels
        Shape (n_votes,): whole numbers below ``n_units`` and ``n_labels``. Labels are nominal.
    n_units, n_labels
        How many there are, voted for or not.

    Returns
    -------
    Majority
        A unit without votes has label -1, no tie, and NaN as its share.

    Raises
    ------
    ValueError
        If the arrays differ in length or a number is out of range.

    Examples
    --------
    >>> found = majority([0, 0, 0, 1, 1], [2, 2, 0, 0, 1], n_units=3, n_labels=3)
    >>> found.labels.tolist(), found.is_tied.tolist()
    ([2, -1, -1], [False, True, False])
    >>> found.share.round(2).tolist()
    [0.67, 0.5, nan]
    """
    counts = count_votes(units, labels, n_units=n_units, n_labels=n_labels)
    total = counts.sum(axis=1)
    winners, is_tied = _winners(counts)
    share = np.divide(counts.max(axis=1, initial=0), total, out=np.full(n_units, np.nan), where=total > 0)
    return Majority(winners, is_tied, share, counts)


def count_votes(units: ArrayLike, labels: ArrayLike, *, n_units: int, n_labels: int) -> Floats:
    """Return how often each label was given to each unit, shape (n_units, n_labels).

    Raises
    ------
    ValueError
        If the arrays differ in length or a number is out of range.

    Examples
    --------
    >>> count_votes([0, 0, 1], [1, 1, 0], n_units=2, n_labels=2).tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    unit, label = _column(units, n_units), _column(labels, n_labels)
    _check_lengths(unit, label)
    counted = np.bincount(unit * n_labels + label, minlength=n_units * n_labels)
    return counted.astype(np.float64).reshape(n_units, n_labels)


def soft_labels(units: ArrayLike, labels: ArrayLike, *, n_units: int, n_labels: int, smoothing: float = 0.0) -> Floats:
    """Return the share of votes for each label, to be learned from instead of one label.

    Parameters
    ----------
    units, labels
        Shape (n_votes,), as for :func:`majority`.
    smoothing
        Votes added to each label of a unit that has any: 0 gives the plain shares, 1 those of Laplace's rule.

    Returns
    -------
    Floats
        Shape (n_units, n_labels); the rows of units with votes add up to 1, the others are NaN.

    Raises
    ------
    ValueError
        If the arrays differ in length, a number is out of range, or ``smoothing`` is negative.

    Examples
    --------
    >>> soft_labels([0, 0, 0], [1, 1, 0], n_units=1, n_labels=2).round(2).tolist()
    [[0.33, 0.67]]
    """
    if smoothing < 0:
        raise ValueError("smoothing must not be negative")
    counts = count_votes(units, labels, n_units=n_units, n_labels=n_labels)
    total = counts.sum(axis=1, keepdims=True)
    shares = np.full_like(counts, np.nan)
    np.divide(counts + smoothing, total + smoothing * n_labels, out=shares, where=total > 0)
    return shares


def dawid_skene(
    units: ArrayLike, annotators: ArrayLike, labels: ArrayLike, *, n_units: int, n_annotators: int, n_labels: int,
    smoothing: float = 1.0, tolerance: float = 1e-6, most_rounds: int = 500,
) -> DawidSkene:  # fmt: skip
    """Estimate true labels and each annotator's error rates together, by expectation maximisation.

    Parameters
    ----------
    units, annotators, labels
        Shape (n_votes,): whole numbers below ``n_units``, ``n_annotators``, ``n_labels``. Labels are nominal.
    smoothing
        Votes added to each row of an annotator's confusion matrix, twice: once for the right label, once spread
        evenly; and spread evenly to the prevalence. 0 is the maximum likelihood of the paper.
    tolerance, most_rounds
        Converged once no probability changes by more than this; after so many rounds it gives up.

    Returns
    -------
    DawidSkene
        A unit without votes has the prevalence as its probabilities and no label; an annotator without votes has
        the prior's rows, NaN without ``smoothing``. Without any vote all labels are equally probable.

    Raises
    ------
    ValueError
        If the arrays differ in length, a number is out of range, there is no label, or ``smoothing`` is negative.

    Examples
    --------
    >>> who = [0, 1, 2, 0, 1, 2]
    >>> dawid_skene([0, 0, 0, 1, 1, 1], who, [0, 0, 1, 1, 1, 1], n_units=2, n_annotators=3, n_labels=2).labels.tolist()
    [0, 1]
    """
    if smoothing < 0 or n_labels < 1:
        raise ValueError("smoothing must not be negative and there must be a label")
    columns = (_column(units, n_units), _column(annotators, n_annotators), _column(labels, n_labels))
    _check_lengths(*columns)
    votes = _Votes(*columns, n_units, n_annotators, n_labels)
    return _maximise(votes, smoothing=smoothing, tolerance=tolerance, most_rounds=most_rounds)


@dataclass(frozen=True, slots=True)
class _Votes:
    """Checked votes: unit, annotator and label of each, and how many of these there are."""

    unit: Numbers
    who: Numbers
    label: Numbers
    n_units: int
    n_annotators: int
    n_labels: int


def _maximise(votes: _Votes, *, smoothing: float, tolerance: float, most_rounds: int) -> DawidSkene:
    """Estimate error rates from the truth and the truth from error rates, in turn, until neither changes."""
    truth = _first_guess(votes)
    has_votes = np.bincount(votes.unit, minlength=votes.n_units) > 0
    rounds, has_converged = 0, False
    while not has_converged and rounds < most_rounds:
        rounds += 1
        confusion = _error_rates(truth, votes, smoothing=smoothing)
        prevalence = _shares(truth[has_votes].sum(axis=0) + smoothing / votes.n_labels)
        before, truth = truth, _truth(prevalence, confusion, votes)
        has_converged = bool(np.abs(truth - before).max(initial=0.0) <= tolerance)
    winners, _ = _winners(np.where(has_votes[:, None], truth, 0.0))
    return DawidSkene(winners, truth, prevalence, confusion, rounds, has_converged)


def _first_guess(votes: _Votes) -> Floats:
    """Return the shares of votes: no random number is needed, and the result is always the same."""
    shares = soft_labels(votes.unit, votes.label, n_units=votes.n_units, n_labels=votes.n_labels)
    return np.where(np.isnan(shares), 1.0 / votes.n_labels, shares)


def _error_rates(truth: Floats, votes: _Votes, *, smoothing: float) -> Floats:
    n_annotators, n_labels = votes.n_annotators, votes.n_labels
    said = votes.who * n_labels + votes.label
    # One pass for each label that may be true; adding up at places is many times slower in any other way.
    sums = [
        np.bincount(said, weights=truth[votes.unit, true], minlength=n_annotators * n_labels)
        for true in range(n_labels)
    ]
    counts = np.stack([part.reshape(n_annotators, n_labels) for part in sums], axis=1)
    return _shares(counts + smoothing * (np.eye(n_labels) + 1.0 / n_labels))


def _truth(prevalence: Floats, confusion: Floats, votes: _Votes) -> Floats:
    # A rate no vote speaks of, which happens without smoothing only, speaks for no label.
    known = np.where(np.isnan(confusion), 1.0, confusion)
    with np.errstate(divide="ignore"):
        start, rates = np.log(prevalence), np.log(known)
    sums = [
        np.bincount(votes.unit, weights=rates[votes.who, true, votes.label], minlength=votes.n_units) + start[true]
        for true in range(votes.n_labels)
    ]
    logs = np.stack(sums, axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    return _shares(weights)


def _shares(sums: Floats) -> Floats:
    """Divide by the sums along the last axis; NaN where they are 0."""
    total = sums.sum(axis=-1, keepdims=True)
    shares = np.full_like(sums, np.nan)
    np.divide(sums, total, out=shares, where=total > 0)
    return shares


def _winners(weights: Floats) -> tuple[Numbers, Flags]:
    """Return the label of the greatest weight in each row, -1 where there is none or more than one; and the ties."""
    top = weights.max(axis=1, keepdims=True, initial=0.0)
    is_top = np.isclose(weights, top, rtol=1e-9, atol=0.0) & (top > 0)
    several = is_top.sum(axis=1)
    first = is_top.argmax(axis=1) if weights.shape[1] else np.zeros(len(weights), dtype=np.int64)
    return np.where(several == 1, first, NOBODY).astype(np.int64), several > 1


def _column(numbers: ArrayLike, below: int) -> Numbers:
    given = np.asarray(numbers)
    if given.size and (given.ndim != 1 or not np.issubdtype(given.dtype, np.integer)):
        raise ValueError("votes are one-dimensional arrays of whole numbers")
    if given.size and (given.min() < 0 or given.max() >= below):
        raise ValueError(f"a number is not from 0 to {below - 1}")
    return given.astype(np.int64).reshape(-1)


def _check_lengths(*columns: Numbers) -> None:
    if len({len(column) for column in columns}) > 1:
        raise ValueError("the arrays differ in length")
