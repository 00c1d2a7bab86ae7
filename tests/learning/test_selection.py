from collections import Counter

import numpy as np

from annotator.learning.selection import lowest_first

DRAWS = 4_000


def first_among_equals(order) -> Counter[int]:
    """Return how often each of ten units with the same score comes first."""
    return Counter(int(order(np.zeros(10), seed)[0]) for seed in range(DRAWS))


def test_the_lowest_score_comes_first_and_none_that_is_missing():
    order = lowest_first([0.5, np.nan, -2.0, 0.4, np.inf], seed=1)
    assert order.tolist() == [2, 3, 0, 4]
    assert lowest_first([np.nan], seed=1).tolist() == lowest_first([], seed=1).tolist() == []


def test_equal_scores_come_in_an_order_that_the_seed_draws():
    often = first_among_equals(lambda scores, seed: lowest_first(scores, seed=seed))
    assert len(often) == 10
    assert max(abs(count / DRAWS - 0.1) for count in often.values()) < 5 * (0.09 / DRAWS) ** 0.5
    assert lowest_first(np.zeros(99), seed=4).tolist() == lowest_first(np.zeros(99), seed=4).tolist()


def test_an_order_that_goes_by_where_units_stand_is_caught():
    """The negative control: the first unit wins every tie."""
    assert first_among_equals(lambda scores, _seed: np.argsort(scores, kind="stable")) == {0: DRAWS}
