import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier

from annotator.learning import checking, fitting, scoring
from annotator.learning.fitting import fit_lines
from annotator.learning.folds import splits
from annotator.learning.jobs import Job
from annotator.learning.table import Table


def job(k: int, n: int = 150) -> tuple[sparse.csr_array, Job]:
    rng = np.random.default_rng(1)
    y = rng.integers(k, size=n)
    matrix = sparse.csr_array(np.eye(k)[y] * rng.normal(1, 1, (n, k)) + rng.normal(0, 1, (n, k)))
    groups = tuple(f"g{i // 3}" for i in range(n))
    truth = np.eye(k, dtype=bool)[y]
    return matrix, Job(None, tuple("abcdef"[:k]), np.arange(n), truth, np.ones(n), groups, (0,) * n, True, False)


@pytest.mark.parametrize("k", [2, 4])
def test_probabilities_equal_scikit_learns_sigmoid_calibration(k: int) -> None:
    matrix, data = job(k)
    checked = checking.check(Table(matrix), data, strength=3.0, seed=0)
    y = data.truth.argmax(axis=1)
    base = fitting.estimator(3.0, 0) if k == 2 else OneVsRestClassifier(fitting.estimator(3.0, 0))
    oracle = CalibratedClassifierCV(base, method="sigmoid", ensemble=False, cv=list(splits(checked.fold))).fit(
        matrix, y
    )
    lines = fit_lines(Table(matrix), data, strength=3.0, seed=0)
    scores = np.stack([matrix @ line.coefficients + line.intercept for line in lines], axis=1)
    own = np.array([fitting.sigmoid(checked.scores[:, i], data.truth[:, i], data.weights) for i in range(k)])
    if k == 2:  # more labels are calibrated together once more
        np.testing.assert_array_equal(own, np.stack([checked.slopes, checked.offsets], axis=1))
    numbers = scoring.Numbers(np.zeros((0, k), np.float32), np.zeros(k), own[:, 0], own[:, 1], np.ones(k))
    task = scoring.Task(None, data.labels, 0, True, False, True, ())
    found = scoring.probabilities(task, numbers, scores)
    np.testing.assert_allclose(found, oracle.predict_proba(matrix), atol=2e-4)


def test_sigmoid_is_the_least_loss() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(size=200)
    truth = rng.random(200) < 1 / (1 + np.exp(-(2 * scores - 1)))
    slope, offset = fitting.sigmoid(scores, truth, np.ones(200))
    target = np.where(truth, (truth.sum() + 1) / (truth.sum() + 2), 1 / ((~truth).sum() + 2))
    gap = 1 / (1 + np.exp(-(slope * scores + offset))) - target
    assert abs(gap.sum()) < 1e-4
    assert abs((gap * scores).sum()) < 1e-4


def test_sigmoid_stays_finite_where_scores_separate_or_are_equal() -> None:
    truth = np.array([False] * 10 + [True] * 10)
    for scores in (np.where(truth, 1000.0, -1000.0), np.zeros(20)):
        assert np.isfinite(fitting.sigmoid(scores, truth, np.ones(20))).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=30))
def test_threshold_is_half_the_highest_f1(rows: list[tuple[int, bool]]) -> None:
    found, truth = np.array([p / 8 for p, _ in rows]), np.array([t for _, t in rows])
    reached = [f1_score(truth, found >= t, zero_division=0) for t in np.arange(9) / 8]
    assert fitting.best_threshold(found, truth, np.ones(len(rows))) == pytest.approx(max(reached) / 2)


def test_threshold_is_nearly_the_best_for_calibrated_probabilities() -> None:
    rng = np.random.default_rng(0)
    found = rng.beta(1, 6, 20000)
    truth = rng.random(20000) < found
    threshold = fitting.best_threshold(found, truth, np.ones(20000))
    best = max(f1_score(truth, found >= t) for t in np.arange(1, 60) / 100)
    assert f1_score(truth, found >= threshold) > best - 0.005


def test_fold_without_a_positive_scores_flat_and_low() -> None:
    matrix, truth = sparse.csr_array(np.eye(12)), np.array([True] * 3 + [False] * 9)
    fold = np.array([0] * 3 + [1] * 9)
    scores = fitting.held_out_scores(Table(matrix).parts(np.arange(12), fold), truth, np.ones(12), strength=1.0, seed=0)
    assert (scores[:3] < -2).all()


def test_border_of_weak_scores_stays_where_the_machine_put_it() -> None:
    rng = np.random.default_rng(5)
    truth = rng.permutation(np.arange(100) < 46)
    scores = rng.normal(size=100) + 0.4 * truth
    slope, offset = checking._sigmoid(scores, truth, np.ones(100), one=True)
    assert offset == 0.0
    assert slope > 0.1
    assert checking._sigmoid(scores, truth, np.ones(100), one=False) == fitting.sigmoid(scores, truth, np.ones(100))


def test_scores_worse_than_chance_keep_their_order_and_say_next_to_nothing() -> None:
    truth = np.arange(100) < 20
    slope, offset = checking._sigmoid(-1.0 * truth, truth, np.ones(100), one=True)
    assert slope == checking.SLIGHT
    assert -1.4 < offset < 0  # the share, drawn towards even odds
