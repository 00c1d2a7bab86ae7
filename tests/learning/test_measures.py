import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from annotator.learning import measures

Pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


def flags(numbers: list[int]) -> np.ndarray:
    return np.eye(3, dtype=bool)[numbers]


@given(Pairs)
def test_summary_equals_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, guess = [t for t, _ in pairs], [g for _, g in pairs]
    found = measures.summary(measures.tally(flags(truth), flags(guess)), ["favor", "neither", "against"])
    assert found["macro_f1"] == pytest.approx(f1_score(truth, guess, average="macro"))
    assert found["micro_f1"] == pytest.approx(f1_score(truth, guess, average="micro"))
    sides = f1_score(truth, guess, average="macro", labels=[0, 2], zero_division=0)
    assert found["f_avg"] == pytest.approx(sides)


def test_sides_of_a_stance_are_found_by_name_and_only_if_both_are_there() -> None:
    assert measures.stance_sides(["AGAINST", "FAVOR", "NONE"]) == (1, 0)
    assert measures.stance_sides(["negative", "neutral", "positive"]) == (2, 0)
    assert measures.stance_sides(["economic", "against"]) is None


def test_calibration_error_of_a_worked_example() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([True, False, True, True])
    assert measures.calibration_error(confidence, right) == pytest.approx(0.5 * 0.45 + 0.5 * 0.45)
    assert measures.calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_interval_of_groups_that_agree_is_wider_than_that_of_units() -> None:
    right = np.repeat(np.arange(20) % 2 == 0, 10)
    truth, guess = flags([0] * 200), flags([0 if yes else 1 for yes in right])
    by_group = measures.resampled(truth, guess, groups=[str(i // 10) for i in range(200)], seed=0)
    by_unit = measures.resampled(truth, guess, groups=[str(i) for i in range(200)], seed=0)
    wide, narrow = (measures.intervals(counts, ["a", "b", "c"])["accuracy"] for counts in (by_group, by_unit))
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])
    assert wide[0] < 0.5 < wide[1]


def test_one_group_has_no_interval() -> None:
    counts = measures.resampled(flags([0, 1]), flags([0, 1]), groups=["g", "g"], seed=0)
    assert measures.intervals(counts, ["a", "b", "c"]) == {}


def test_two_sided_f1_counts_having_and_not_having() -> None:
    truth, guess = np.array([[1], [1], [0], [0]], dtype=bool), np.array([[1], [0], [0], [0]], dtype=bool)
    expected = f1_score(truth[:, 0], guess[:, 0], average="macro")
    assert measures.two_sided_f1(measures.tally(truth, guess))[0] == pytest.approx(expected)
