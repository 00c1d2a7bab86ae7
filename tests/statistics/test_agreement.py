import doctest
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.statistics import agreement, bootstrap, distances, spans, tables
from annotator.statistics.agreement import alpha, alpha_ordinal, cohen_kappa, fleiss_kappa, gwet_ac1, percent_agreement
from annotator.statistics.tables import MISSING, tabulate

_ = MISSING
#: Krippendorff (2011), section C: four observers, twelve units, values from 1.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T
#: The example of the encyclopaedia: three coders, fifteen units.
ENCYCLOPAEDIA = np.array(
    [
        [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
        [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
        [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
    ]
).T
#: The textbook example of Fleiss' kappa: how many of 14 raters gave each of five labels to each of ten items.
FLEISS = (
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
)  # fmt: skip
LEVELS = ("nominal", "ordinal", "interval", "ratio")

matrices = st.integers(2, 4).flatmap(
    lambda annotators: st.lists(
        st.lists(st.integers(MISSING, 3), min_size=annotators, max_size=annotators), min_size=2, max_size=14
    )
)


def measured(values, level, *, numbers=(1, 2, 3, 4, 5)):
    """Return alpha of codes from 0 at a level."""
    table = tabulate(values, n_values=len(numbers))
    made = {
        "nominal": lambda: alpha(table, distances.nominal(len(numbers))),
        "ordinal": lambda: alpha_ordinal(table),
        "interval": lambda: alpha(table, distances.interval(numbers)),
        "ratio": lambda: alpha(table, distances.ratio(numbers)),
    }[level]()
    return agreement.point(table, made)


def slow_alpha(values, level, numbers=(1, 2, 3, 4, 5)):
    """Return the same from its definition, pair by pair."""
    units = [[value for value in row if value >= 0] for row in np.asarray(values).tolist()]
    units = [unit for unit in units if len(unit) > 1]
    everything = [value for unit in units for value in unit]

    def far(one, other):
        if level == "nominal":
            return float(one != other)
        low, high = sorted((one, other))
        if level == "ordinal":
            between = [everything.count(value) for value in range(low, high + 1)]
            return (sum(between) - (between[0] + between[-1]) / 2) ** 2
        x, y = numbers[one], numbers[other]
        return (x - y) ** 2 if level == "interval" else ((x - y) / (x + y)) ** 2

    observed = sum(sum(far(*pair) for pair in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    expected = sum(far(*pair) for pair in permutations(everything, 2)) / max(len(everything) - 1, 1)
    return 1 - observed / expected if expected else np.nan


@pytest.mark.parametrize(
    ("values", "expected"),
    [(KRIPPENDORFF, (0.743, 0.815, 0.849, 0.797)), (ENCYCLOPAEDIA, (0.691, 0.807, 0.811, 0.809))],
    ids=["krippendorff", "encyclopaedia"],
)
def test_alpha_is_what_was_published(values, expected):
    codes = np.where(values > 0, values - 1, MISSING)
    assert [round(measured(codes, level), 3) for level in LEVELS] == list(expected)


@pytest.mark.parametrize("level", LEVELS)
@given(values=matrices)
def test_alpha_is_its_definition(level, values):
    assert measured(values, level) == pytest.approx(slow_alpha(values, level), nan_ok=True)


def test_fleiss_kappa_is_what_the_textbook_says():
    rows = [[label for label, times in enumerate(counts) for _n in range(times)] for counts in FLEISS]
    table = tabulate(rows, n_values=5)
    assert round(agreement.point(table, fleiss_kappa(table)), 3) == 0.210


def test_missing_values_are_treated_as_by_gwet():
    # The first example as published for the R package of the handbook's author, there with 12 units and 4 raters.
    table = tabulate(np.where(KRIPPENDORFF > 0, KRIPPENDORFF - 1, MISSING), n_values=5)
    found = [agreement.point(table, measure(table)) for measure in (gwet_ac1, fleiss_kappa, percent_agreement)]
    assert found == pytest.approx([0.77544, 0.76117, 0.81818], abs=5e-6)


def test_a_label_that_nearly_always_applies_has_no_alpha_but_a_high_ac1():
    values = np.zeros((500, 2), dtype=int)
    values[0, 1] = 1
    table = tabulate(values, n_values=2)
    assert agreement.point(table, alpha(table, distances.nominal(2))) == pytest.approx(0.0, abs=5e-3)
    assert agreement.point(table, gwet_ac1(table)) == pytest.approx(0.998, abs=5e-4)


def test_cohens_kappa_is_what_the_textbook_says():
    # Cohen (1960) as usually shown: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no.
    values = [[0, 0]] * 20 + [[0, 1]] * 5 + [[1, 0]] * 10 + [[1, 1]] * 15
    table = tabulate(values, n_values=2, ordered=True)
    assert agreement.point(table, cohen_kappa(table, 0, 1)) == pytest.approx(0.4)
    assert agreement.confusion(table, 0, 1).tolist() == [[20, 5], [10, 15]]


@given(values=matrices)
def test_cohens_kappa_is_its_definition(values):
    pairs = [(one, other) for one, other, *_rest in values if one >= 0 and other >= 0]
    table = tabulate(values, n_values=4, ordered=True)
    found = agreement.point(table, cohen_kappa(table, 0, 1))
    n = max(len(pairs), 1)
    same = sum(one == other for one, other in pairs) / n
    chance = sum(sum(p[0] == k for p in pairs) * sum(p[1] == k for p in pairs) for k in range(4)) / n**2
    assert found == pytest.approx((same - chance) / (1 - chance) if pairs and chance < 1 else np.nan, nan_ok=True)


@given(values=matrices, order=st.permutations(range(4)))
def test_who_said_what_and_what_labels_are_called_does_not_matter(values, order):
    rows = np.asarray(values)
    renamed = np.where(rows >= 0, np.asarray(order)[rows], MISSING)
    mirrored = rows[::-1, ::-1]
    assert measured(renamed, "nominal") == pytest.approx(measured(rows, "nominal"), nan_ok=True)
    for level in LEVELS:
        assert measured(mirrored, level) == pytest.approx(measured(rows, level), nan_ok=True)


def test_labels_at_random_agree_as_much_as_chance():
    random = np.random.default_rng(7)
    table = tabulate(random.choice(3, p=[0.6, 0.3, 0.1], size=(20_000, 3)), n_values=3, ordered=True)
    measures = [
        alpha(table, distances.nominal(3)), alpha_ordinal(table), fleiss_kappa(table), cohen_kappa(table, 0, 2),
    ]  # fmt: skip
    assert [agreement.point(table, measure) for measure in measures] == pytest.approx([0] * 4, abs=0.02)


def test_what_nobody_could_disagree_about_is_undefined():
    same = tabulate([[0, 0], [0, 0]], n_values=2, ordered=True)
    alone = tabulate([[0, MISSING], [MISSING, 1]], n_values=2, ordered=True)
    for table in (same, alone):
        for measure in (alpha(table, distances.nominal(2)), alpha_ordinal(table), cohen_kappa(table, 0, 1)):
            assert np.isnan(agreement.point(table, measure))
    assert np.isnan(agreement.point(same, fleiss_kappa(same)))
    assert np.isnan(agreement.point(same, gwet_ac1(same)))
    assert agreement.point(same, gwet_ac1(same, labels=2)) == agreement.point(same, percent_agreement(same)) == 1


def test_sets_are_compared_by_what_they_share():
    sets = [frozenset({0, 1}), frozenset({0}), frozenset({1, 2}), frozenset({3}), frozenset()]
    jaccard, masi = (distances.between_sets(sets, kind) for kind in ("jaccard", "masi"))
    assert jaccard[0].tolist() == pytest.approx([0, 1 / 2, 2 / 3, 1, 1])
    assert masi[0].tolist() == pytest.approx([0, 1 - 1 / 2 * 2 / 3, 1 - 1 / 3 * 1 / 3, 1, 1])
    assert jaccard[4, 4] == masi[4, 4] == 0
    assert (jaccard == jaccard.T).all()
    assert (masi == masi.T).all()


def test_a_stretch_counts_by_its_length():
    parts = spans.segments([[(0, 4)], [(2, 6)]], 10)
    weighted = tabulate([codes for _n, codes in parts], [0] * len(parts), n_values=2, weights=[n for n, _c in parts])
    characters = tabulate([codes for n, codes in parts for _n in range(n)], [0] * 10, n_values=2)
    assert agreement.point(weighted, alpha(weighted, distances.nominal(2))) == pytest.approx(
        agreement.point(characters, alpha(characters, distances.nominal(2)))
    )


@given(values=matrices, documents=st.lists(st.integers(0, 3), min_size=14, max_size=14))
def test_taking_documents_together_changes_no_value(values, documents):
    together = tabulate(values, documents[: len(values)], n_values=4)
    apart = tabulate(values, n_values=4)
    for make in (lambda table: alpha(table, distances.nominal(4)), alpha_ordinal, fleiss_kappa, gwet_ac1):
        assert agreement.point(together, make(together)) == pytest.approx(
            agreement.point(apart, make(apart)), nan_ok=True
        )


def test_settling_an_item_raises_alpha_by_what_is_promised():
    values = np.array([[0, 0], [1, 1], [0, 1], [2, 2], [2, 0], [1, 1]])
    table = tabulate(values, n_values=3)
    distance = distances.nominal(3)
    raised = agreement.gains(table, alpha(table, distance), distance)[table.row_of]
    before = measured(values, "nominal")
    settled = values.copy()
    settled[4] = 0
    assert raised[4] == pytest.approx(measured(settled, "nominal") - before)
    assert raised[[0, 1, 3, 5]].tolist() == [0, 0, 0, 0]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="outside"):
        tabulate([[0, 3]], n_values=3)
    with pytest.raises(ValueError, match="one document"):
        tabulate([[0, 1]], [0, 1], n_values=2)
    with pytest.raises(ValueError, match="negative"):
        distances.ratio([-1, 2])


@pytest.mark.parametrize("module", [agreement, bootstrap, distances, spans, tables])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0


def test_pairs_of_annotators_average_to_something_between_their_extremes():
    values = np.random.default_rng(3).choice(3, size=(60, 4))
    values[:30] = values[:30, :1]
    table = tabulate(values, n_values=3, ordered=True)
    pairs = [cohen_kappa(table, *pair) for pair in combinations(range(4), 2)]
    each = [agreement.point(table, pair) for pair in pairs]
    mean = bootstrap.mean_estimate(table, pairs)
    assert mean.value == pytest.approx(np.mean(each))
    assert mean.low < mean.value < mean.high
    # Without documents of their own, each item is one: the jackknife by leaving every one out in fact.
    without = [np.mean([agreement.point(*_without(values, row, pair)) for pair in combinations(range(4), 2)])
               for row in range(60)]  # fmt: skip
    error = np.sqrt(59 / 60 * ((without - np.mean(without)) ** 2).sum())
    assert mean.jackknife == pytest.approx((mean.value - 2.000995 * error, mean.value + 2.000995 * error), abs=1e-5)


def _without(values, row, pair):
    table = tabulate(np.delete(values, row, axis=0), n_values=3, ordered=True)
    return table, cohen_kappa(table, *pair)
