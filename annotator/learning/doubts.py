"""Labels that a classifier which has not seen their document finds unlikely."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from annotator.learning.checking import Checked, guesses
from annotator.learning.jobs import Job
from annotator.learning.values import Doubt

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: More than anybody looks through.
MOST = 200


def doubts_of(job: Job, checked: Checked) -> list[Doubt]:
    """Return the labels of a task that are in doubt, the most doubtful first.

    A label is in doubt if another one is confidently predicted for its unit by lines that have not seen the unit's
    document: with a probability of at least the mean that this other label has where it was given. For `choices`,
    having and not having a label are the two that are set against each other.

    Source: C. G. Northcutt, L. Jiang and I. L. Chuang (2021), Confident Learning: Estimating Uncertainty in Dataset
    Labels, Journal of Artificial Intelligence Research 70, equations 1 and 2; ranked by the difference of the two
    probabilities (their normalised margin).

    Returns
    -------
    list of Doubt
        At most 200; none where probabilities are not calibrated yet, or all units come from one document.
    """
    if not (checked.calibrated and checked.grouped):
        return []
    found, _ = guesses(job, checked)
    doubts = _between_labels(job, found) if job.one else _with_and_without(job, found)
    return sorted(doubts, key=lambda doubt: doubt.probability - doubt.instead_probability)[:MOST]


def _between_labels(job: Job, found: Floats) -> Iterator[Doubt]:
    given = job.truth.argmax(axis=1)
    confident = np.where(found >= usual(found, job.truth), found, 0.0)
    likely = confident.argmax(axis=1)
    # A unit may have none of the labels that are learned: then there is nothing to doubt.
    for i in np.flatnonzero(job.truth.any(axis=1) & (likely != given) & (confident.max(axis=1) > 0)):
        yield Doubt(
            job.keys[i], job.target, job.labels[given[i]], True, float(found[i, given[i]]),
            job.labels[likely[i]], float(found[i, likely[i]]),
        )  # fmt: skip


def _with_and_without(job: Job, found: Floats) -> Iterator[Doubt]:
    for place, label in enumerate(job.labels):
        has, probability = job.truth[:, place], found[:, place]
        sides = np.stack([probability, 1 - probability], axis=1)
        with_, without = usual(sides, np.stack([has, ~has], axis=1))
        for i in np.flatnonzero(np.where(has, 1 - probability >= without, probability >= with_)):
            said = float(probability[i] if has[i] else 1 - probability[i])
            if said < 1 - said:
                yield Doubt(job.keys[i], job.target, label, bool(has[i]), said, None, 1 - said)


def usual(found: Floats, truth: Flags) -> Floats:
    """Return the mean probability of each label where it was given, above 1 for one that never was; shape (k,)."""
    sizes = truth.sum(axis=0)
    means = np.where(sizes > 0, (found * truth).sum(axis=0) / np.maximum(sizes, 1), 2.0)
    return np.asarray(means, dtype=np.float64)
