"""Draw samples whose inclusion probabilities are known: the share of all possible draws that hold a unit.

Estimates of shares from a sample weight each unit by the inverse of this probability (Horvitz & Thompson 1952,
*Journal of the American Statistical Association* 47, 663-685), so it is stored with every place.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from random import Random
from typing import TypeVar

Unit = TypeVar("Unit", bound=Hashable)


def simple(units: Sequence[Unit], size: int, draw: Random) -> dict[Unit, float]:
    """Draw ``size`` of the units at random without replacement.

    Returns the units drawn with their inclusion probability ``size / len(units)``; all of them, with probability 1,
    if there are no more than ``size``.

    >>> simple(["a", "b", "c", "d"], 1, Random(1))
    {'b': 0.25}
    """
    size = min(size, len(units))
    return dict.fromkeys(draw.sample(units, size), size / len(units)) if size else {}


def clusters(units: Mapping[Unit, Hashable], size: int, draw: Random) -> dict[Unit, float]:
    """Draw ``size`` whole clusters, such as documents; ``units`` says to which cluster each unit belongs.

    Every unit of a drawn cluster is in the sample, with probability ``size`` over the number of clusters.

    >>> clusters({"a": 1, "b": 1, "c": 2}, 1, Random(2))
    {'a': 0.5, 'b': 0.5}
    """
    drawn = simple(list(dict.fromkeys(units.values())), size, draw)
    return {unit: drawn[cluster] for unit, cluster in units.items() if cluster in drawn}


def stratified(units: Mapping[Unit, Hashable], size: int, draw: Random, *, equal: bool = False) -> dict[Unit, float]:
    """Draw within strata, such as outlets; ``units`` says to which stratum each unit belongs.

    Sizes are in proportion to the strata, rounded by largest remainders, or ``equal`` as far as each stratum has
    units. The inclusion probability of a unit is the size drawn from its stratum over the stratum's size.

    >>> sorted(stratified({"a": "x", "b": "x", "c": "y", "d": "y"}, 2, Random(1)).values())
    [0.5, 0.5]
    """
    strata: dict[Hashable, list[Unit]] = defaultdict(list)
    for unit, stratum in units.items():
        strata[stratum].append(unit)
    counts = {stratum: len(members) for stratum, members in strata.items()}
    sizes = (equal_sizes if equal else proportional_sizes)(counts, size)
    drawn: dict[Unit, float] = {}
    for stratum, members in strata.items():
        drawn |= simple(members, sizes[stratum], draw)
    return drawn


def proportional_sizes(counts: Mapping[Hashable, int], size: int) -> dict[Hashable, int]:
    """Divide ``size`` among strata in proportion to their counts, by largest remainders (the first wins a tie).

    >>> proportional_sizes({"x": 5, "y": 3, "z": 2}, 5)
    {'x': 3, 'y': 1, 'z': 1}
    """
    whole = sum(counts.values())
    size = min(size, whole)
    exact = {stratum: size * count / whole for stratum, count in counts.items()} if whole else {}
    sizes = {stratum: int(share) for stratum, share in exact.items()}
    by_remainder = sorted(exact, key=lambda stratum: sizes[stratum] - exact[stratum])
    for stratum in by_remainder[: size - sum(sizes.values())]:
        sizes[stratum] += 1
    return sizes


def equal_sizes(counts: Mapping[Hashable, int], size: int) -> dict[Hashable, int]:
    """Divide ``size`` equally among strata; what a small one cannot give is divided among the others.

    >>> equal_sizes({"x": 10, "y": 1, "z": 10}, 7)
    {'x': 3, 'y': 1, 'z': 3}
    """
    sizes = dict.fromkeys(counts, 0)
    left = min(size, sum(counts.values()))
    while left:
        open_ones = [stratum for stratum in counts if sizes[stratum] < counts[stratum]]
        share = max(left // len(open_ones), 1)
        for stratum in open_ones[:left]:
            step = min(share, counts[stratum] - sizes[stratum])
            sizes[stratum] += step
            left -= step
    return sizes
