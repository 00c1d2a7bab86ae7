import numpy as np
import pytest
from numpy.typing import NDArray

from annotator.learning import measures
from annotator.learning.joint_calibration import AWAY, calibrated_jointly

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def probabilities(scores: Floats, slopes: Floats, offsets: Floats) -> Floats:
    found = 1 / (1 + np.exp(-scores * slopes - offsets))
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def world(n: int, k: int = 3, *, slopes: float = 1.4, offset: float = 0.0) -> tuple[Floats, Flags]:
    """Draw labels with other slopes than those of the scores, and another offset of the first."""
    random = np.random.default_rng(1)
    scores = random.normal(0, 1.5, (n, k))
    right = probabilities(scores, np.full(k, slopes), np.eye(k)[0] * offset)
    drawn = (right.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)
    return scores, np.eye(k, dtype=bool)[drawn]


def error(scores: Floats, truth: Flags, slopes: Floats, offsets: Floats) -> float:
    found = probabilities(scores, slopes, offsets)
    guess = np.eye(truth.shape[1], dtype=bool)[found.argmax(axis=1)]
    return measures.calibration_error(found[guess], truth[guess])


@pytest.mark.parametrize("k", [3, 6])
@pytest.mark.parametrize(("slopes", "offset"), [(1.4, 0.0), (0.6, 0.0), (1.0, -1.0), (1.0, 0.0)])
def test_many_units_find_what_their_labels_were_drawn_with(k: int, slopes: float, offset: float) -> None:
    scores, truth = world(n=10_000 * k, k=k, slopes=slopes, offset=offset)
    own = np.ones(k), np.zeros(k)
    found = calibrated_jointly(scores, truth, np.ones(len(scores)), *own)
    assert found[0] == pytest.approx(np.full(k, slopes), abs=0.2)
    assert found[1] == pytest.approx(np.eye(k)[0] * offset, abs=0.2)
    assert error(scores, truth, *found) < 0.015
    assert error(scores, truth, *found) < 0.5 * error(scores, truth, *own) or (slopes, offset) == (1.0, 0.0)


def test_few_units_move_little() -> None:
    scores, truth = world(n=12, slopes=3.0)
    found = calibrated_jointly(scores, truth, np.ones(12), np.ones(3), np.zeros(3))
    assert (np.abs(found[0] - 1) < 2 * AWAY).all()
    assert (np.abs(found[1]) < 2 * AWAY).all()


def test_weights_count_like_copies() -> None:
    scores, truth = world(n=40)
    weights = np.arange(40) % 3 + 1.0
    copies = np.repeat(np.arange(40), weights.astype(int))
    start = np.ones(3), np.zeros(3)
    one = calibrated_jointly(scores, truth, weights, *start)
    other = calibrated_jointly(scores[copies], truth[copies], np.ones(len(copies)), *start)
    assert np.concatenate(one) == pytest.approx(np.concatenate(other), abs=0.02)


def test_a_label_that_scores_say_nothing_of_stays_flat() -> None:
    scores, truth = world(n=300)
    slopes, _ = calibrated_jointly(scores, truth, np.ones(300), np.array([1.0, 0.0, 1.0]), np.zeros(3))
    assert 0 <= slopes[1] < 0.03
