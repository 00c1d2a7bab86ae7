"""The difference between two arms: worked by hand, undefined where it must be, and covering what is true."""

import numpy as np
import pytest

from annotator.statistics.arms import Difference, difference

RUNS = 400
#: 95 % of 400 runs, and what a binomial distribution leaves once in ten thousand on either side.
COVERED = (0.95 * RUNS - 3.7 * (RUNS * 0.95 * 0.05) ** 0.5, RUNS)


def simulated(seed: int, *, annotators: int, effect: float, spread: float = 0.1, each: int = 150) -> Difference:
    """Let annotators give the suggested label with a probability of their own, and more often where it is shown."""
    draw = np.random.default_rng(seed)
    base = np.clip(draw.normal(0.55, 0.1, annotators), 0.1, 0.9)[:, None]
    more = draw.normal(effect, spread, annotators)[:, None]
    treated = draw.random((annotators, each)) > 0.2
    taken = draw.random((annotators, each)) < np.clip(base + more * treated, 0, 1)
    who = np.repeat(np.arange(annotators), each)
    return difference(taken.ravel(), treated.ravel(), who, rounds=200)


def covers(interval: tuple[float, float] | None, value: float) -> bool:
    assert interval is not None
    return interval[0] <= value <= interval[1]


def test_the_shares_and_their_difference_are_those_counted_by_hand():
    taken = [1] * 8 + [0] * 2 + [1] * 3 + [0] * 9
    found = difference(taken, [True] * 10 + [False] * 12, [0, 1] * 11)
    assert (found.treated, found.untreated, found.counts, found.clusters) == (0.8, 0.25, (10, 12), 2)
    assert found.value == pytest.approx(0.55)
    assert found.jackknife is None, "two clusters tell nothing of how clusters differ"


def test_the_jackknife_of_equal_clusters_is_the_t_interval_of_their_differences():
    rates = [(16, 10), (14, 12), (18, 10), (12, 12)]
    taken = [n < k for pair in rates for k in pair for n in range(20)]
    found = difference(taken, ([True] * 20 + [False] * 20) * 4, np.repeat(np.arange(4), 40))
    each = np.array([(one - other) / 20 for one, other in rates])
    reach = 3.182446 * each.std(ddof=1) / 2
    assert found.jackknife == pytest.approx((each.mean() - reach, each.mean() + reach), abs=1e-6)


@pytest.mark.parametrize("annotators", [3, 6, 12])
@pytest.mark.parametrize("effect", [0.0, 0.2])
def test_the_interval_covers_the_true_effect_as_often_as_it_says(annotators, effect):
    covered = sum(
        covers(simulated(seed, annotators=annotators, effect=effect).jackknife, effect) for seed in range(RUNS)
    )
    assert COVERED[0] <= covered <= COVERED[1]


def test_of_few_annotators_the_percentile_bootstrap_covers_too_rarely():
    covered = sum(covers(simulated(seed, annotators=3, effect=0.0).bootstrap, 0.0) for seed in range(RUNS))
    assert covered < COVERED[0]


def test_without_clusters_the_interval_would_be_too_narrow():
    """What is left out must be annotators: leaving out answers covers too rarely where annotators differ."""
    draw = np.random.default_rng(1)
    covered = 0
    for _ in range(RUNS):
        treated = draw.random((6, 150)) > 0.2
        taken = draw.random((6, 150)) < 0.5 + draw.normal(0, 0.15, (6, 1)) * treated
        found = difference(taken.ravel(), treated.ravel(), np.arange(900) % 90, rounds=50)
        covered += covers(found.jackknife, 0.0)
    assert covered < COVERED[0]


def test_an_arm_without_answers_has_no_share():
    found = difference([True] * 20, [True] * 20, range(20))
    assert (found.treated, found.untreated, found.value, found.jackknife) == (1.0, None, None, None)


def test_too_few_answers_and_answers_that_are_all_the_same_have_no_interval():
    few = difference([True, False] * 8, [True] * 12 + [False] * 4, [0, 1, 2, 3] * 4)
    same = difference([True] * 40, [True, False] * 20, np.repeat(np.arange(4), 10))
    assert few.value is not None
    assert (few.jackknife, same.value, same.jackknife) == (None, 0.0, None)


def test_shapes_that_do_not_fit_are_a_mistake():
    with pytest.raises(ValueError, match="same shape"):
        difference([True], [True, False], [0])
