import numpy as np
import pytest

from annotator.statistics import bootstrap
from annotator.statistics.agreement import alpha, percent_agreement
from annotator.statistics.bootstrap import estimates, more_needed
from annotator.statistics.distances import nominal
from annotator.statistics.tables import tabulate


def labelled(documents, each, *, seed=1, noise=0.3, annotators=2):
    """Return values of items and their documents: annotators repeat a truth, or err."""
    random = np.random.default_rng(seed)
    truth = random.choice(3, size=(documents * each, 1))
    errs = random.random((documents * each, annotators)) < noise
    values = np.where(errs, random.choice(3, size=errs.shape), truth)
    return values, np.repeat(np.arange(documents), each)


def interval(values, documents=None, **options):
    table = tabulate(values, documents, n_values=3)
    return estimates(table, {"alpha": alpha(table, nominal(3))}, **options)["alpha"]


def test_kinds_of_documents_are_drawn_as_documents_are():
    # Items by themselves fall into few kinds; the same items, each twice in a document of its own, into many.
    values, _ = labelled(400, 1)
    few = interval(values, rounds=4_000)
    random = np.random.default_rng(5)
    slow = []
    for _round in range(1_000):
        drawn = values[random.integers(400, size=400)]
        table = tabulate(drawn, n_values=3)
        slow.append(float(alpha(table, nominal(3)).value(table.times @ alpha(table, nominal(3)).parts)))
    assert (few.low, few.high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.015)


def test_many_kinds_are_drawn_alike():
    values, documents = labelled(60, 7)
    found = interval(values, documents, rounds=4_000)
    random = np.random.default_rng(6)
    slow = []
    for _round in range(1_000):
        picked = random.integers(60, size=60)
        drawn = np.concatenate([values[documents == document] for document in picked])
        table = tabulate(drawn, n_values=3)
        slow.append(float(alpha(table, nominal(3)).value(table.times @ alpha(table, nominal(3)).parts)))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.015)


def test_intervals_hold_the_true_value_as_often_as_they_say():
    # What both annotators have in common: .7 squared of the pairs are both the truth.
    true, held, jackknifed = 0.49, 0, 0
    for seed in range(200):
        found = interval(labelled(80, 1, seed=seed)[0], rounds=300)
        held += found.low <= true <= found.high
        jackknifed += found.jackknife[0] <= true <= found.jackknife[1]
    assert 0.90 <= held / 200 <= 0.99
    assert 0.90 <= jackknifed / 200 <= 0.99


def test_with_few_documents_the_jackknife_is_wider():
    values, documents = labelled(6, 10, seed=4)
    found = interval(values, documents)
    low, high = found.jackknife
    assert high - low > found.high - found.low


def test_the_jackknife_leaves_out_document_by_document():
    values, documents = labelled(9, 4, seed=2)
    found = interval(values, documents)
    without = []
    for document in range(9):
        table = tabulate(values[documents != document], n_values=3)
        without.append(float(alpha(table, nominal(3)).value(table.times @ alpha(table, nominal(3)).parts)))
    error = np.sqrt(8 / 9 * ((np.array(without) - np.mean(without)) ** 2).sum())
    # Student's t with 8 degrees of freedom.
    assert found.jackknife == pytest.approx((found.value - 2.306004 * error, found.value + 2.306004 * error))


def test_sentences_that_repeat_each_other_make_an_interval_no_narrower():
    values, documents = labelled(50, 1, seed=8)
    once = interval(values, documents, rounds=8_000)
    ten_times = interval(np.repeat(values, 10, axis=0), np.repeat(documents, 10), rounds=8_000)
    naive = interval(np.repeat(values, 10, axis=0))
    assert ten_times.high - ten_times.low == pytest.approx(once.high - once.low, abs=0.03)
    assert naive.high - naive.low < 0.5 * (once.high - once.low)


def test_the_same_seed_gives_the_same_interval():
    values, documents = labelled(30, 3)
    assert interval(values, documents) == interval(values, documents)
    assert interval(values, documents) != interval(values, documents, seed=2)


def test_one_document_has_a_value_and_no_interval():
    values, _ = labelled(1, 20)
    found = interval(values, np.zeros(20))
    assert found.value is not None
    assert (found.low, found.high, found.jackknife) == (None, None, None)


def test_what_is_undefined_has_no_interval():
    table = tabulate([[0, 0]] * 10, n_values=3)
    found = estimates(table, {"alpha": alpha(table, nominal(3)), "percent": percent_agreement(table)})
    assert found["alpha"] == bootstrap.Estimate(None)
    assert (found["percent"].value, found["percent"].low, found["percent"].high) == (1, 1, 1)


def test_an_interval_half_as_wide_needs_four_times_the_units():
    assert more_needed(50, width=0.3, wanted=0.15) == 150
    assert more_needed(50, width=0.1, wanted=0.1) == 0
