"""The one pass of cross-validation that gives calibration, thresholds and scores."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.learning import fitting, measures, scoring
from annotator.learning.folds import grouped_folds
from annotator.learning.jobs import Job
from annotator.learning.shortages import SETTLED_CLASS, is_settled

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

FOLDS = 5
#: Above this many units three folds tell as much as five, in half the time.
MANY_UNITS = 1500
#: A label rarer than this, with at least so many units, gets a threshold of its own.
RARE_SHARE = 0.2
RARE_UNITS = 30


@dataclass(frozen=True, slots=True)
class Checked:
    """A job's cross-validation: held-out decision values (n, n_labels), calibration and thresholds per label.

    ``grouped`` is False when all units come from one document, so that units had to be held out one by one.
    """

    scores: Floats
    fold: Integers
    grouped: bool
    calibrated: bool
    slopes: Floats
    offsets: Floats
    thresholds: Floats


def check(matrix: Any, job: Job, *, strength: float, seed: int) -> Checked:
    """Score every unit by lines that have not seen its document, then calibrate and tune thresholds on that."""
    fold, grouped = folds_for(job.groups, folds=FOLDS if len(job.rows) <= MANY_UNITS else 3, seed=seed)
    own = matrix[job.rows]
    columns = [
        fitting.held_out_scores(own, job.truth[:, i], job.weights, fold=fold, strength=strength, seed=seed)
        for i in ([1] if job.mirrored else range(len(job.labels)))
    ]
    scores = np.stack([-columns[0], columns[0]] if job.mirrored else columns, axis=1)
    slopes, offsets, calibrated = _calibrate(job, scores)
    thresholds = _thresholds(job, scores * slopes + offsets)
    return Checked(scores, fold, grouped, calibrated, slopes, offsets, thresholds)


def folds_for(groups: tuple[str, ...], *, folds: int, seed: int) -> tuple[Integers, bool]:
    """Folds by group, or by unit when there is a single group, and which of the two it is."""
    fold = grouped_folds(groups, folds=folds, seed=seed)
    if fold.max(initial=0) > 0:
        return fold, True
    return grouped_folds([str(i) for i in range(len(groups))], folds=folds, seed=seed), False


def guesses(job: Job, checked: Checked) -> tuple[Floats, Flags]:
    """Held-out probabilities and suggested labels, each (n, n_labels)."""
    task = scoring.Task(job.target, job.labels, 0, job.one, job.at_least_one, checked.calibrated, ())
    numbers = scoring.Numbers(
        np.zeros((0, len(job.labels)), np.float32), np.zeros(len(job.labels)), checked.slopes, checked.offsets,
        checked.thresholds,
    )  # fmt: skip
    found = scoring.probabilities(task, numbers, checked.scores)
    return found, scoring.chosen(task, checked.thresholds, found)


def early_labels(job: Job, checked: Checked) -> tuple[bool, ...]:
    """Whether each label's suggestions are still early: too few labels, one document, or no better than guessing."""
    sizes = job.truth.sum(axis=0)
    _, guess = guesses(job, checked)
    n = len(job.rows)
    if job.one:
        settled = is_settled(sizes.tolist(), n) and checked.grouped and beats_guessing(job.truth, guess)
        return tuple(not settled or size < SETTLED_CLASS for size in sizes.tolist())
    return tuple(
        not (
            is_settled([size, n - size], n)
            and checked.grouped
            and beats_guessing(_two_sided(job.truth[:, i]), _two_sided(guess[:, i]))
        )
        for i, size in enumerate(sizes.tolist())
    )


def beats_guessing(truth: Flags, guess: Flags) -> bool:
    """Whether macro F1 is above that of always guessing the commonest label and of guessing by share (one k-th)."""
    labels = [""] * truth.shape[1]
    always = np.zeros_like(truth)
    always[:, truth.sum(axis=0).argmax()] = True
    reached = measures.summary(measures.tally(truth, guess), labels)["macro_f1"]
    common = measures.summary(measures.tally(truth, always), labels)["macro_f1"]
    return bool(reached > max(float(common), 1 / truth.shape[1]))


def _two_sided(column: Flags) -> Flags:
    return np.stack([~column, column], axis=1)


def _calibrate(job: Job, scores: Floats) -> tuple[Floats, Floats, bool]:
    """Platt's sigmoid per label once there are two classes of ten units; the plain sigmoid before."""
    n, k = scores.shape
    slopes, offsets = np.ones(k), np.zeros(k)
    sizes = job.truth.sum(axis=0)
    if job.one and (sizes >= SETTLED_CLASS).sum() < 2:
        return slopes, offsets, False
    enough = [i for i in range(k) if job.one or min(sizes[i], n - sizes[i]) >= SETTLED_CLASS]
    for i in enough:
        slopes[i], offsets[i] = fitting.sigmoid(scores[:, i], job.truth[:, i], job.weights)
    return slopes, offsets, len(enough) == k


def _thresholds(job: Job, lines: Floats) -> Floats:
    """One half, or for a rare label of `choices` with enough units the threshold with the best held-out F1."""
    thresholds = np.full(lines.shape[1], 0.5)
    sizes = job.truth.sum(axis=0)
    for i, size in enumerate(sizes):
        if not job.one and size >= RARE_UNITS and size < RARE_SHARE * len(lines):
            thresholds[i] = fitting.best_threshold(1 / (1 + np.exp(-lines[:, i])), job.truth[:, i], job.weights)
    return thresholds
