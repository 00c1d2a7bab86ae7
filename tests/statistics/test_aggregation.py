import csv
import doctest
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.statistics import aggregation
from annotator.statistics.aggregation import count_votes, dawid_skene, majority, soft_labels

#: Table 1 of Dawid and Skene (1979): 45 patients; the first anaesthetist saw each form three times, four others once.
ANAESTHETISTS = """\
1111111 3334343 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212
1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111
1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111
2322222 1211111 2222222
"""
OBSERVERS = (0, 0, 0, 1, 2, 3, 4)

BABE = Path(__file__).parents[3] / "shared" / "data" / "babe"

Votes = list[tuple[int, int, int]]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def columns(votes: Votes) -> tuple[list[int], list[int], list[int]]:
    unit, who, label = zip(*votes, strict=True) if votes else ((), (), ())
    return list(unit), list(who), list(label)


def estimate(votes: Votes, *, n_units: int, n_annotators: int, n_labels: int, **options: Any) -> Any:
    return dawid_skene(*columns(votes), n_units=n_units, n_annotators=n_annotators, n_labels=n_labels, **options)


def slow_dawid_skene(
    votes: Votes, *, n_units: int, n_annotators: int, n_labels: int, smoothing: float, rounds: int
) -> tuple[list[list[float]], list[list[list[float]]]]:
    """Do the same with loops over votes, as the equations of the paper read; without logarithms."""
    prior = smoothing / n_labels
    of_unit: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for unit, who, label in votes:
        of_unit[unit].append((who, label))
    truth = [[1 / n_labels] * n_labels for _ in range(n_units)]
    for unit, given_votes in of_unit.items():
        truth[unit] = [sum(label == j for _, label in given_votes) / len(given_votes) for j in range(n_labels)]
    for _ in range(rounds):
        rates = [
            [[prior + smoothing * (j == k) for k in range(n_labels)] for j in range(n_labels)]
            for _ in range(n_annotators)
        ]
        for unit, who, label in votes:
            for j in range(n_labels):
                rates[who][j][label] += truth[unit][j]
        rates = [[[cell / sum(row) for cell in row] for row in matrix] for matrix in rates]
        prevalence = [prior + sum(truth[unit][j] for unit in of_unit) for j in range(n_labels)]
        prevalence = [value / sum(prevalence) for value in prevalence]
        for unit in range(n_units):
            likely = [
                prevalence[j] * math.prod(rates[who][j][label] for who, label in of_unit.get(unit, ()))
                for j in range(n_labels)
            ]
            truth[unit] = [value / sum(likely) for value in likely]
    return truth, rates


def simulate(
    confusion: Sequence[Any], *, n_units: int, seed: int, votes_per_unit: int | None = None
) -> tuple[Votes, np.ndarray]:
    """Draw true labels evenly and each annotator's votes from their confusion matrix."""
    chance = np.random.default_rng(seed)
    n_labels = len(confusion[0])
    truth = chance.integers(n_labels, size=n_units)
    votes = []
    for unit, true in enumerate(truth):
        everyone = np.arange(len(confusion))
        asked = everyone if votes_per_unit is None else chance.choice(everyone, votes_per_unit, replace=False)
        votes += [(unit, int(who), int(chance.choice(n_labels, p=confusion[who][true]))) for who in asked]
    return votes, truth


def erring(share: float, n_labels: int = 3) -> list[list[float]]:
    """Return the confusion matrix of somebody who errs that often, evenly over the other labels."""
    wrong = share / (n_labels - 1)
    return [[1 - share if true == said else wrong for said in range(n_labels)] for true in range(n_labels)]


small_votes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 2)), max_size=30)


def test_estimates_of_the_paper_are_found_again():
    votes = [
        (patient, observer, int(said) - 1)
        for patient, row in enumerate(ANAESTHETISTS.split())
        for observer, said in zip(OBSERVERS, row, strict=True)
    ]
    found = estimate(votes, n_units=45, n_annotators=5, n_labels=4, smoothing=0.0)
    assert found.has_converged
    # The prevalences of the paper's example: .40, .42, .11 and .07.
    assert found.prevalence.round(2).tolist() == [0.4, 0.42, 0.11, 0.07]
    # The third patient was taken for fit by three of seven only, and is in the second class all the same.
    assert found.labels[2] == 1


def test_confusion_matrices_of_simulated_annotators_are_recovered():
    confusion = [erring(share) for share in (0.05, 0.1, 0.2, 0.3, 0.5)]
    votes, truth = simulate(confusion, n_units=2000, seed=1)
    found = estimate(votes, n_units=2000, n_annotators=5, n_labels=3)
    assert np.abs(found.confusion - np.array(confusion)).max() < 0.05
    assert (found.labels == truth).mean() > 0.95


def test_somebody_who_swaps_two_labels_is_found_out():
    swapping = [[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]]
    votes, _ = simulate([erring(0.2)] * 4 + [swapping], n_units=1000, seed=2)
    found = estimate(votes, n_units=1000, n_annotators=5, n_labels=3)
    assert np.abs(found.confusion[4] - np.array(swapping)).max() < 0.07


@pytest.mark.parametrize("seed", range(5))
def test_with_one_annotator_who_errs_on_purpose_it_beats_the_majority(seed: int):
    against = [[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
    votes, truth = simulate([erring(0.4)] * 9 + [against], n_units=500, seed=seed, votes_per_unit=5)
    found = estimate(votes, n_units=500, n_annotators=10, n_labels=3)
    unit, _, label = columns(votes)
    most = majority(unit, label, n_units=500, n_labels=3)
    assert (found.labels == truth).mean() > (most.labels == truth).mean()


@given(small_votes, st.sampled_from([0.5, 1.0, 3.0]))
def test_a_slow_second_implementation_agrees(votes: Votes, smoothing: float):
    sizes = {"n_units": 5, "n_annotators": 3, "n_labels": 3}
    found = estimate(votes, **sizes, smoothing=smoothing, most_rounds=7, tolerance=0.0)
    truth, rates = slow_dawid_skene(votes, **sizes, smoothing=smoothing, rounds=found.rounds)
    np.testing.assert_allclose(found.probabilities, truth, atol=1e-9)
    np.testing.assert_allclose(found.confusion, rates, atol=1e-9)


@given(small_votes)
def test_order_of_votes_and_numbers_of_annotators_do_not_matter(votes: Votes):
    sizes = {"n_units": 5, "n_annotators": 3, "n_labels": 3}
    one = estimate(votes, **sizes)
    other = estimate([(unit, 2 - who, label) for unit, who, label in reversed(votes)], **sizes)
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)


def test_one_annotator_is_taken_at_their_word():
    found = estimate([(0, 0, 1), (1, 0, 0), (2, 0, 1)], n_units=3, n_annotators=1, n_labels=2)
    assert found.labels.tolist() == [1, 0, 1]


def test_one_label_is_the_truth_everywhere():
    found = estimate([(0, 0, 0), (1, 1, 0)], n_units=2, n_annotators=2, n_labels=1)
    assert found.labels.tolist() == [0, 0]
    assert found.probabilities.tolist() == [[1.0], [1.0]]


def test_nobody_voted():
    found = estimate([], n_units=2, n_annotators=3, n_labels=2)
    assert found.labels.tolist() == [-1, -1]
    assert found.probabilities.tolist() == [[0.5, 0.5]] * 2
    assert found.confusion.tolist() == [[[0.75, 0.25], [0.25, 0.75]]] * 3


def test_unit_nobody_voted_on_has_no_label_and_the_prevalence():
    found = estimate([(0, 0, 0), (1, 0, 0), (2, 0, 1)], n_units=4, n_annotators=1, n_labels=2)
    assert found.labels[3] == -1
    np.testing.assert_allclose(found.probabilities[3], found.prevalence)


def test_without_smoothing_somebody_without_votes_has_no_error_rates():
    found = estimate([(0, 0, 0), (1, 0, 1)], n_units=2, n_annotators=2, n_labels=2, smoothing=0.0)
    assert np.isnan(found.confusion[1]).all()
    assert found.labels.tolist() == [0, 1]


def test_two_against_two_is_no_label_for_either_way():
    votes = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
    found = estimate(votes, n_units=2, n_annotators=2, n_labels=2)
    assert found.labels.tolist() == [-1, -1]


def test_giving_up_is_said():
    votes, _ = simulate([erring(0.4)] * 3, n_units=50, seed=3)
    found = estimate(votes, n_units=50, n_annotators=3, n_labels=3, most_rounds=2)
    assert (found.rounds, found.has_converged) == (2, False)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=30))
def test_majority_is_what_counting_by_hand_says(votes: list[tuple[int, int]]):
    found = majority([unit for unit, _ in votes], [label for _, label in votes], n_units=5, n_labels=4)
    for unit in range(5):
        own = [label for one, label in votes if one == unit]
        counts = {label: own.count(label) for label in own}
        top = [label for label, count in counts.items() if count == max(counts.values())]
        assert found.labels[unit] == (top[0] if len(top) == 1 else -1)
        assert found.is_tied[unit] == (len(top) > 1)
        assert found.share[unit] == pytest.approx(max(counts.values()) / len(own) if own else math.nan, nan_ok=True)


def test_soft_labels_add_up_to_one_and_are_unknown_where_nobody_voted():
    shares = soft_labels([0, 0, 0, 0], [0, 1, 1, 1], n_units=2, n_labels=2)
    assert shares[0].tolist() == [0.25, 0.75]
    assert np.isnan(shares[1]).all()
    smoothed = soft_labels([0, 0], [1, 1], n_units=1, n_labels=2, smoothing=1.0)
    assert smoothed.tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize(
    ("units", "labels"), [([0, 5], [0, 0]), ([0, -1], [0, 0]), ([0], [2]), ([0, 1], [0]), ([0.5], [0])]
)
def test_votes_that_make_no_sense_are_refused(units: list[Any], labels: list[Any]):
    with pytest.raises(ValueError, match=r"number|length"):
        count_votes(units, labels, n_units=2, n_labels=2)


def test_negative_smoothing_is_refused():
    with pytest.raises(ValueError, match="smoothing"):
        soft_labels([0], [0], n_units=1, n_labels=1, smoothing=-1.0)
    with pytest.raises(ValueError, match="smoothing"):
        estimate([], n_units=1, n_annotators=1, n_labels=1, smoothing=-1.0)


def test_the_examples_in_the_documentation_are_true():
    failed, tried = doctest.testmod(aggregation)
    assert (failed, tried > 3) == (0, True)


@pytest.mark.skipif(not BABE.exists(), reason="the data are not beside this clone")
@pytest.mark.parametrize(("sample", "question"), [("sg1", "label"), ("sg1", "opinion"), ("sg2", "label")])
def test_the_majority_of_eight_experts_is_the_published_label(sample: str, question: str):
    raw = {(row["item"], row["coder"]): row[question] for row in read(BABE / f"{sample}_raw.csv") if row[question]}
    published = {row["item"]: row[question] for row in read(BABE / f"{sample}_final.csv")}
    items, labels = (list(dict.fromkeys(column)) for column in (next(zip(*raw, strict=True)), raw.values()))
    places = {item: place for place, item in enumerate(items)}
    votes = [labels.index(label) for label in raw.values()]
    found = majority([places[item] for item, _ in raw], votes, n_units=len(items), n_labels=len(labels))
    decided = [(item, labels[found.labels[place]]) for item, place in places.items() if not found.is_tied[place]]
    known = [(item, label) for item, label in decided if published.get(item) in labels]
    assert len(known) > 1000
    assert all(published[item] == label for item, label in known)
