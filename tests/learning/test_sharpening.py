import numpy as np
import pytest

from annotator.learning import checking, measures
from annotator.learning.checking import Checked
from annotator.learning.jobs import Job
from annotator.learning.sharpening import sharpened


def flat(n: int = 20_000, k: int = 3, *, step: float = 1.4) -> tuple[Job, Checked]:
    """Draw labels from probabilities that are sharper than those of the scores."""
    random = np.random.default_rng(1)
    lines = random.normal(0, 1.5, (n, k))
    right = 1 / (1 + np.exp(-step * lines))
    right /= right.sum(axis=1, keepdims=True)
    drawn = (right.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)
    numbers = (np.ones(k), np.zeros(k), np.full(k, 0.5))
    checked = Checked(lines, np.zeros(n, dtype=np.int64), True, True, *numbers)
    groups = tuple(str(i) for i in range(n))
    job = Job(None, tuple("abc"[:k]), np.arange(n), np.eye(k, dtype=bool)[drawn], np.ones(n), groups, (), True, False)
    return job, checked


def error(job: Job, checked: Checked) -> float:
    found, guess = checking.guesses(job, checked)
    return measures.calibration_error(found[guess], job.truth[guess])


def test_probabilities_that_are_too_flat_are_sharpened_and_the_first_label_stays() -> None:
    job, checked = flat()
    better = sharpened(job, checked)
    assert better.slopes[0] == pytest.approx(1.4, abs=0.05)
    assert error(job, better) < 0.5 * error(job, checked)
    assert (checking.guesses(job, better)[1] == checking.guesses(job, checked)[1]).all()


def test_probabilities_that_are_right_are_left() -> None:
    assert sharpened(*flat(step=1.0)).slopes[0] == pytest.approx(1, abs=0.05)


def test_two_opposites_and_what_is_not_calibrated_are_left() -> None:
    job, checked = flat(k=2)
    assert sharpened(job, checked) is checked
    job, checked = flat()
    raw = Checked(checked.scores, checked.fold, True, False, checked.slopes, checked.offsets, checked.thresholds)
    assert sharpened(job, raw) is raw
