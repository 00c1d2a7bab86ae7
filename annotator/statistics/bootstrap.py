"""How sure a coefficient is: documents drawn anew (bootstrap) or left out one by one (jackknife).

Sentences of a document resemble each other, so documents are drawn, not sentences.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np

from annotator.statistics.agreement import Measure, point
from annotator.statistics.tables import Floats, Ints, Table

ROUNDS = 1_000
SEED = 20_240_229
LEVEL = 0.95
#: An interval is given if at least this share of the samples has a value.
ENOUGH = 0.5
_AT_ONCE = 50
#: Samples of so few documents are kept: 8 MB at most, and twice that.
_FEW_DOCUMENTS = 1_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient with its intervals; None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    jackknife: tuple[float, float] | None = None


def estimates(
    table: Table, measures: Mapping[str, Measure], *, rounds: int = ROUNDS, seed: int = SEED
) -> dict[str, Estimate]:
    """Return each measure with a percentile interval from the same samples of documents, and with a jackknife one.

    Parameters
    ----------
    table
        What the measures were made from.
    measures
        By name.
    rounds
        How many samples are drawn; the same ``seed`` draws the same ones.

    Notes
    -----
    A measure that is undefined has the value None; one with fewer than two documents has no interval. Samples in
    which it is undefined are left out; with fewer than ``ENOUGH`` others there is no interval.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentiles); the jackknife's standard
    error chapter 11, its interval with Student's t as Hughes (2022), Toward improved inference for Krippendorff's
    Alpha agreement coefficient, advises for few units.
    """
    found: dict[str, Estimate] = {}
    drawn = draws(table, measures, rounds=rounds, seed=seed) if table.documents > 1 else {}
    for name, measure in measures.items():
        sums = np.asarray(table.times @ measure.parts, dtype=np.float64)
        value = float(measure.value(sums))
        low, high = percentiles(drawn[name]) if name in drawn else (None, None)
        without = measure.value(sums - np.asarray(measure.parts))
        found[name] = Estimate(None) if np.isnan(value) else Estimate(value, low, high, _reach(table, without, value))
    return found


def mean_estimate(
    table: Table, measures: Sequence[Measure], *, with_interval: bool = True, rounds: int = ROUNDS, seed: int = SEED
) -> Estimate:
    """Return the mean of several coefficients on one table, such as Cohen's kappa of each pair of annotators.

    Notes
    -----
    Over those that are defined, in each sample too; the value is None if none is. Without ``with_interval`` there is
    neither a bootstrap nor a jackknife interval.
    """
    values = np.array([point(table, measure) for measure in measures])
    if np.isnan(values).all():
        return Estimate(None)
    if not with_interval or table.documents < 2:
        return Estimate(float(np.nanmean(values)))
    drawn = draws(table, {str(number): one for number, one in enumerate(measures)}, rounds=rounds, seed=seed)
    low, high = percentiles(_means(list(drawn.values())))
    sums = [np.asarray(table.times @ measure.parts, dtype=np.float64) for measure in measures]
    without = [one.value(total - np.asarray(one.parts)) for one, total in zip(measures, sums, strict=True)]
    value = float(np.nanmean(values))
    return Estimate(value, low, high, _reach(table, _means(without), value))


def _means(values: Sequence[Floats]) -> Floats:
    """Return the means over the first axis of what is defined; NaN where nothing is."""
    each = np.stack(values)
    count = (~np.isnan(each)).sum(axis=0)
    return np.where(count > 0, np.nansum(each, axis=0) / np.maximum(count, 1), np.nan)


def draws(
    table: Table, measures: Mapping[str, Measure], *, rounds: int = ROUNDS, seed: int = SEED
) -> dict[str, Floats]:
    """Return each measure's value in every sample of documents, shape (rounds,)."""
    values: dict[str, list[Floats]] = {name: [] for name in measures}
    for weights in _samples(table.times, rounds, seed):
        for name, measure in measures.items():
            values[name].append(measure.value(np.asarray(weights @ measure.parts)))
    return {name: np.concatenate(parts) for name, parts in values.items()}


def percentiles(values: Floats, *, level: float = LEVEL) -> tuple[float | None, float | None]:
    """Return the bounds between which the middle ``level`` of the values lies; None if too few are defined.

    Examples
    --------
    >>> low, high = percentiles(np.linspace(0, 1, 1001))
    >>> round(low, 3), round(high, 3)
    (0.025, 0.975)
    """
    defined = values[~np.isnan(values)]
    if len(defined) < max(1, ENOUGH * len(values)):
        return None, None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def more_needed(count: int, *, width: float, wanted: float) -> int:
    """Return how many more units like these an interval of the wanted width needs; 0 if it is as narrow already.

    Widths shrink with the square root of the number of units, if the further ones are drawn as these were.

    Examples
    --------
    >>> more_needed(100, width=0.4, wanted=0.2), more_needed(100, width=0.1, wanted=0.2)
    (300, 0)
    """
    return max(0, ceil(count * (width / wanted) ** 2 - 1e-9) - count)


def _samples(times: Ints, rounds: int, seed: int) -> Iterator[Floats]:
    """Yield how often each kind of document is in each of some samples, shape (some, n_kinds)."""
    documents = int(times.sum())
    if len(times) == documents <= _FEW_DOCUMENTS:
        # Each is a kind of its own, so the samples are the same for everything that is told of these documents.
        yield _drawn(documents, rounds, seed)
    elif len(times) * 8 < documents:
        random = np.random.default_rng(seed)
        for some in _chunks(rounds):
            yield random.multinomial(documents, times / documents, size=some).astype(np.float64)
    else:
        kinds, random = np.repeat(np.arange(len(times)), times), np.random.default_rng(seed)
        for some in _chunks(rounds):
            yield _counted(kinds[random.integers(documents, size=(some, documents), dtype=np.int32)], len(times))


@lru_cache(maxsize=2)
def _drawn(documents: int, rounds: int, seed: int) -> Floats:
    return _counted(np.random.default_rng(seed).integers(documents, size=(rounds, documents)), documents)


def _counted(picks: Ints, kinds: int) -> Floats:
    return np.stack([np.bincount(pick, minlength=kinds) for pick in picks]).astype(np.float64)


def _chunks(rounds: int) -> Iterator[int]:
    return (min(_AT_ONCE, rounds - start) for start in range(0, rounds, _AT_ONCE))


def _reach(table: Table, without: Floats, value: float) -> tuple[float, float] | None:
    """Return the jackknife interval from the values without each kind of document; None if one is undefined."""
    # Few programs that come here need it, and it brings a lot along.
    from scipy.special import stdtrit

    documents = table.documents
    if documents < 2:
        return None
    centre = (table.times * without).sum() / documents
    error = np.sqrt((documents - 1) / documents * (table.times * (without - centre) ** 2).sum())
    if np.isnan(error):
        return None
    reach = float(stdtrit(documents - 1, (1 + LEVEL) / 2) * error)
    return value - reach, value + reach
