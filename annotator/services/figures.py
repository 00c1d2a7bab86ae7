"""Coefficients of agreement with their intervals, the numbers they rest on, and a reason where there is none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from annotator.services.ratings import Ratings
from annotator.statistics import agreement, distances
from annotator.statistics.agreement import Measure
from annotator.statistics.bootstrap import Estimate, estimates, mean_estimate
from annotator.statistics.tables import Floats, Table, tabulate
from annotator.words import say

#: The coefficients a page or a program can ask for; those in ``OF_SETS`` exist for questions with several labels.
COEFFICIENTS = {
    "alpha": say("Krippendorff’s alpha"),
    "alpha_jaccard": say("Krippendorff’s alpha, Jaccard distance"),
    "cohen_kappa": say("Cohen’s kappa, mean of the pairs"),
    "fleiss_kappa": say("Fleiss’ kappa"),
    "ac1": say("Gwet’s AC1"),
    "percent": say("percent agreement"),
}
OF_SETS = frozenset({"alpha_jaccard"})
#: Pairs of annotators for whose mean kappa samples are drawn; of more only the mean is told.
MOST_PAIRS = 66
NO_PAIRS = say("No unit has an answer to this from two annotators.")
SAME_LABEL = say("Everybody gave the same label throughout, so agreement cannot be told from chance.")
ONE_DOCUMENT = say("All of it is from one document; an interval needs at least two.")
RARELY_DEFINED = say("In most samples of the documents it is undefined, so there is no interval.")
MANY_PAIRS = say(
    "There are more than {most} pairs of annotators: their mean is told without an interval.", most=MOST_PAIRS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A coefficient with its bootstrap and its jackknife interval; ``reason`` says why something is not there."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    jackknife: tuple[float, float] | None = None
    reason: str | None = None

    @property
    def width(self) -> float | None:
        """How wide the bootstrap interval is."""
        return None if self.low is None or self.high is None else self.high - self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What figures rest on: units with two answers, who gave them, documents, and values that could be paired."""

    units: int
    annotators: int
    documents: int
    values: int


def basis_of(ratings: Ratings) -> Basis:
    """Count what figures of these ratings rest on; of marked stretches the values are characters."""
    given = (ratings.values >= 0).sum(axis=1)
    weights = np.ones(len(given)) if ratings.weights is None else ratings.weights
    return Basis(
        units=len(np.unique(ratings.units)),
        annotators=int((ratings.values >= 0).any(axis=0).sum()),
        documents=len(np.unique(ratings.documents)),
        values=int((given * weights).sum()),
    )


def figures_of(
    ratings: Ratings, names: Collection[str] = tuple(COEFFICIENTS), *, beside: Collection[str] = ()
) -> dict[str, Figure]:
    """Return coefficients by name, those ``beside`` without interval; what this type of question lacks is left out."""
    wanted = [name for name in names if name not in OF_SETS or ratings.sets is not None]
    beside = [name for name in beside if name not in wanted]
    if not len(ratings.units):
        return {name: Figure(reason=NO_PAIRS) for name in (*wanted, *beside)}
    table = table_of(ratings)
    made = {name: measure_of(ratings, table, name) for name in wanted if name != "cohen_kappa"}
    found = dict(estimates(table, made))
    if "cohen_kappa" in wanted:
        found["cohen_kappa"] = _mean_kappa(ratings)
    documents = len(np.unique(ratings.documents))
    plain = {name: agreement.point(table, measure_of(ratings, table, name)) for name in beside}
    return {name: _figure(name, found[name], _why_without(ratings, name, documents)) for name in wanted} | {
        name: Figure(value=None if np.isnan(value) else value) for name, value in plain.items()
    }


def value_of(ratings: Ratings, name: str) -> float | None:
    """Return one coefficient without an interval; None where it is undefined."""
    if not len(ratings.units):
        return None
    table = table_of(ratings)
    value = agreement.point(table, measure_of(ratings, table, name))
    return None if np.isnan(value) else value


def table_of(ratings: Ratings, *, ordered: bool = False) -> Table:
    """Return the ratings with equal items taken together."""
    return tabulate(
        ratings.values, ratings.documents, n_values=len(ratings.names), weights=ratings.weights, ordered=ordered
    )


def measure_of(ratings: Ratings, table: Table, name: str) -> Measure:
    """Return a coefficient by its name, alpha at the level of the question."""
    if name == "alpha" and _is_ordinal(ratings):
        return agreement.alpha_ordinal(table)
    if name in ("alpha", "alpha_jaccard"):
        return agreement.alpha(table, distance_of(ratings, jaccard=name == "alpha_jaccard"))
    if name == "ac1":
        # Whoever answers could always have answered otherwise, whatever was never chosen.
        return agreement.gwet_ac1(table, labels=max(2, int((table.counts.sum(axis=0) > 0).sum())))
    return _PLAIN[name](table)


def distance_of(ratings: Ratings, *, jaccard: bool = False) -> Floats:
    """Return how far apart the values are; ranks are taken for numbers here, which is near enough to sort by."""
    if ratings.sets is not None:
        return distances.between_sets(ratings.sets, "jaccard" if jaccard else "masi")
    if _is_ordinal(ratings):
        return distances.interval(np.arange(len(ratings.names)))
    if ratings.is_numeric:
        numbers = [float(name) for name in ratings.names]
        return distances.ratio(numbers) if ratings.question.level == "ratio" else distances.interval(numbers)
    return distances.nominal(len(ratings.names))


def kind_of_alpha(ratings: Ratings) -> str:
    """Say in a word or two which alpha it is."""
    if ratings.sets is not None:
        return say("MASI")
    if ratings.weights is not None:
        return say("by character")
    return _LEVELS[ratings.question.level]


_LEVELS: Mapping[str, str] = {
    "nominal": say("nominal"),
    "ordinal": say("ordinal"),
    "interval": say("interval"),
    "ratio": say("ratio"),
}
_PLAIN = {"fleiss_kappa": agreement.fleiss_kappa, "percent": agreement.percent_agreement}


def _is_ordinal(ratings: Ratings) -> bool:
    return ratings.is_scale and ratings.question.level == "ordinal"


def _mean_kappa(ratings: Ratings) -> Estimate:
    """Return Cohen's kappa averaged over the pairs for which it is defined."""
    used = np.flatnonzero((ratings.values >= 0).any(axis=0))
    table = tabulate(
        ratings.values[:, used], ratings.documents, n_values=len(ratings.names), weights=ratings.weights, ordered=True
    )
    pairs = [agreement.cohen_kappa(table, one, other) for one, other in combinations(range(len(used)), 2)]
    return mean_estimate(table, pairs, with_interval=len(pairs) <= MOST_PAIRS)


def _figure(name: str, found: Estimate, why_without: str) -> Figure:
    """Return an estimate as a figure; ``why_without`` is the reason in case it has no interval."""
    reason = SAME_LABEL if found.value is None else why_without if found.low is None else None
    jackknife = None if found.jackknife is None else _possible(name, *found.jackknife)
    return Figure(value=found.value, low=found.low, high=found.high, jackknife=jackknife, reason=reason)


def _possible(name: str, low: float, high: float) -> tuple[float, float]:
    """Return the part of an interval in which the coefficient can lie; with few documents it reaches beyond."""
    return max(low, 0.0 if name == "percent" else -1.0), min(high, 1.0)


def _why_without(ratings: Ratings, name: str, documents: int) -> str:
    if documents < 2:
        return ONE_DOCUMENT
    annotators = int((ratings.values >= 0).any(axis=0).sum())
    return MANY_PAIRS if name == "cohen_kappa" and comb(annotators, 2) > MOST_PAIRS else RARELY_DEFINED
