"""Samples: sizes, probabilities, and that simulated draws have the frequencies that are stated."""

import doctest
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.statistics import sampling

UNITS = list(range(40))
DOCUMENT = {unit: unit // 7 for unit in UNITS}
OUTLET = {unit: "large" if unit < 28 else "small" if unit < 39 else "single" for unit in UNITS}
DRAWS = 4_000
WAYS = {
    "simple": lambda draw: sampling.simple(UNITS, 9, draw),
    "clusters": lambda draw: sampling.clusters(DOCUMENT, 2, draw),
    "proportional": lambda draw: sampling.stratified(OUTLET, 10, draw),
    "equal": lambda draw: sampling.stratified(OUTLET, 10, draw, equal=True),
}


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(sampling).failed == 0


def misstated(way) -> list[int]:
    """Return the units whose frequency over many draws is not the probability that is stated for them."""
    seen: Counter[int] = Counter()
    stated: dict[int, float] = {}
    for seed in range(DRAWS):
        drawn = way(Random(seed))
        seen.update(drawn.keys())
        stated |= drawn
    # Five standard errors: of forty units none is expected to lie beyond.
    margins = {unit: 5 * (share * (1 - share) / DRAWS) ** 0.5 for unit, share in stated.items()}
    return [unit for unit, share in stated.items() if abs(seen[unit] / DRAWS - share) > margins[unit]]


@pytest.mark.parametrize("way", WAYS)
def test_simulated_draws_have_the_stated_frequencies(way: str):
    assert misstated(WAYS[way]) == []


def test_a_draw_that_favours_a_stratum_is_seen():
    assert misstated(lambda draw: dict.fromkeys(sampling.stratified(OUTLET, 10, draw, equal=True), 10 / 40))


@given(st.dictionaries(st.text(max_size=2), st.integers(0, 50), max_size=8), st.integers(0, 200))
def test_sizes_add_up_and_exceed_no_stratum(counts: dict[str, int], size: int):
    for divide in (sampling.proportional_sizes, sampling.equal_sizes):
        sizes = divide(counts, size)
        assert sum(sizes.values()) == min(size, sum(counts.values()))
        assert all(0 <= sizes.get(stratum, 0) <= count for stratum, count in counts.items())


def test_nothing_is_drawn_from_nothing():
    assert sampling.simple([], 3, Random(1)) == {}
    assert sampling.clusters({}, 3, Random(1)) == {}
    assert sampling.stratified({}, 3, Random(1)) == {}
