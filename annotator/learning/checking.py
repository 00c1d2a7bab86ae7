"""The one pass of cross-validation that gives calibration, thresholds and scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.learning import fitting, measures, scoring
from annotator.learning.folds import grouped_folds
from annotator.learning.jobs import Job
from annotator.learning.joint_calibration import calibrated_jointly
from annotator.learning.shortages import SETTLED_CLASS, is_settled
from annotator.learning.table import Part, Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

FOLDS = 5
DRAWS = 400
#: Above this many units three folds tell as much as five, in half the time.
MANY_UNITS = 1500
#: A label rarer than this, with at least so many units, gets a threshold of its own.
RARE_SHARE = 0.2
RARE_UNITS = 30
#: How far the border between two labels may be in doubt, as a share of the spread of scores.
DOUBT = 0.35
#: A slope that keeps the order of scores and next to nothing else.
SLIGHT = 0.01


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


def check(table: Table, job: Job, *, strength: float, seed: int) -> Checked:
    """Score every unit by lines that have not seen its document, then calibrate and tune thresholds on that."""
    fold, grouped = folds_for(job.groups, folds=FOLDS if len(job.rows) <= MANY_UNITS else 3, seed=seed)
    return checked_on(table.parts(job.rows, fold), job, fold, grouped=grouped, strength=strength, seed=seed)


def checked_on(
    parts: Sequence[Part], job: Job, fold: Integers, *, grouped: bool, strength: float, seed: int
) -> Checked:
    """Do the same with parts that hold out each unit once."""
    columns = [
        fitting.held_out_scores(parts, job.truth[:, i], job.weights, strength=strength, seed=seed)
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


def resampled(job: Job, checked: Checked, *, seed: int) -> list[measures.Tally]:
    """Count held-out guesses in 400 draws of groups; none with a single group."""
    _, guess = guesses(job, checked)
    return list(measures.resampled(job.truth, guess, groups=job.groups, seed=seed, draws=DRAWS))


def early_labels(job: Job, checked: Checked, counts: Sequence[measures.Tally]) -> tuple[bool, ...]:
    """Whether each label's suggestions are still early: too few labels, one document, or no better than guessing."""
    n, sizes = len(job.rows), job.truth.sum(axis=0).tolist()
    better = better_than_guessing(job, counts) if checked.grouped else [False] * len(sizes)
    if job.one:
        settled = is_settled(sizes, n)
        return tuple(not (settled and size >= SETTLED_CLASS and yes) for size, yes in zip(sizes, better, strict=True))
    return tuple(not (is_settled([size, n - size], n) and yes) for size, yes in zip(sizes, better, strict=True))


def better_than_guessing(job: Job, counts: Sequence[measures.Tally]) -> list[bool]:
    """Whether held-out macro F1 is above guessing, for each label.

    The lower end of its 95 % interval (groups resampled) has to be above the share that guessing by frequency gets, one
    k-th of k labels; always guessing the commonest gets at most that. A label of `choices` is compared on its own, with
    and without. Without the interval, every second set of labels that mean nothing would pass.
    """
    if not counts:
        return [False] * len(job.labels)
    if job.one:
        reached = np.concatenate([measures.summary(count, job.labels)["macro_f1"] for count in counts])
        return [bool(np.quantile(reached, 0.025) > 1 / len(job.labels))] * len(job.labels)
    lowest = np.quantile(np.concatenate([measures.two_sided_f1(count) for count in counts]), 0.025, axis=0)
    return [bool(low > 1 / 2) for low in lowest]


def _calibrate(job: Job, scores: Floats) -> tuple[Floats, Floats, bool]:
    """Platt's sigmoid per label once there are two classes of ten units; the plain sigmoid before.

    Labels that exclude each other are then calibrated together: of two, one line is the other's opposite.
    """
    n, k = scores.shape
    slopes, offsets = np.ones(k), np.zeros(k)
    sizes = job.truth.sum(axis=0)
    if job.one and (sizes >= SETTLED_CLASS).sum() < 2:
        return slopes, offsets, False
    enough = [i for i in range(k) if job.one or min(sizes[i], n - sizes[i]) >= SETTLED_CLASS]
    for i in enough:
        slopes[i], offsets[i] = _sigmoid(scores[:, i], job.truth[:, i], job.weights, one=job.one)
    if job.one and not job.mirrored:
        slopes, offsets = calibrated_jointly(scores, job.truth, job.weights, slopes, offsets)
    return slopes, offsets, len(enough) == k


def _sigmoid(scores: Floats, truth: Flags, weights: Floats, *, one: bool) -> tuple[float, float]:
    """Fit Platt's sigmoid; where labels exclude each other and scores tell little, the share sets its offset.

    The machine is balanced, so that its own border lies at even odds. Scores of a hundred units that are a little
    better than chance would move the border past most units (BABE with 100 labels: .58 macro F1 instead of .62).
    """
    slope, offset = fitting.sigmoid(scores, truth, weights)
    likely, error = fitting.likely_offset(truth, weights)
    if one and error > DOUBT * slope * float(scores.std()):
        return max(fitting.sigmoid(scores, truth, weights, offset=likely)[0], SLIGHT), likely
    if slope < 0:  # worse than chance: the share of the label is all that is known, and reasons must not turn round
        return fitting.sigmoid(0 * scores, truth, weights)
    return slope, offset


def _thresholds(job: Job, lines: Floats) -> Floats:
    """One half, or for a rare label of `choices` with enough units the threshold with the best held-out F1."""
    thresholds = np.full(lines.shape[1], 0.5)
    sizes = job.truth.sum(axis=0)
    for i, size in enumerate(sizes):
        if not job.one and size >= RARE_UNITS and size < RARE_SHARE * len(lines):
            thresholds[i] = fitting.best_threshold(1 / (1 + np.exp(-lines[:, i])), job.truth[:, i], job.weights)
    return thresholds
