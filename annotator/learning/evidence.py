"""What cross-validation can tell beyond its score: whether more labels would help, and what a careless split hides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.learning import fitting, leakage, measures
from annotator.learning.checking import MANY_UNITS, Checked, guesses
from annotator.learning.folds import group_sample, grouped_folds
from annotator.learning.jobs import Job
from annotator.learning.table import Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

SHARES = (1 / 8, 1 / 4, 1 / 2)
#: Fewer units than these teach nothing that a curve could show.
LEAST_LEARNED = 15
#: With many units the early points of the curve are shares of so many, and one fold is enough to test on.
CURVE_MOST = 4000
#: The ways to split are compared on at most so many units: with more, the difference is no clearer.
SPLIT_MOST = 1000
SPLIT_FOLDS = 3
DRAWS = 200
OUTLETS_NEEDED = 3


def learning_curve(
    table: Table, job: Job, checked: Checked, is_random: Flags, *, strength: float, seed: int
) -> list[dict[str, Any]]:
    """Return macro F1 by the number of units learned from, whole documents drawn at random; the last point is all.

    Parameters
    ----------
    checked : Checked
        The cross-validation on all units: its folds are tested on, and it is the last point.
    is_random : shape (n,)
        Which units were drawn at random: the only ones that are scored.

    Returns
    -------
    list of dict
        ``units``, ``macro_f1`` and ``interval`` (95 %, documents drawn anew; None below two documents). Labels are
        guessed without calibration and thresholds, which few units cannot give: the points are comparable with each
        other, and the last may differ a little from the score on the card. Empty when all units are of one document.
    """
    if not checked.grouped:
        return []
    numbers = [0] if len(job.rows) > MANY_UNITS else range(int(checked.fold.max()) + 1)
    tests = [np.flatnonzero(checked.fold == number) for number in numbers]
    known = [np.flatnonzero(checked.fold != number) for number in numbers]
    points = []
    for share in SHARES:
        drawn = [_drawn(job, rows, int(share * min(len(rows), CURVE_MOST)), seed + i) for i, rows in enumerate(known)]
        if min(len(rows) for rows in drawn) >= LEAST_LEARNED:
            scores = [
                _tested(table, job, rows, test, strength=strength, seed=seed)
                for rows, test in zip(drawn, tests, strict=True)
            ]
            points.append(_point(job, drawn, tests, np.concatenate(scores), is_random, seed))
    last = _point(job, known, tests, checked.scores[np.concatenate(tests)], is_random, seed)
    return [point for point in [*points, last] if point is not None]


def _drawn(job: Job, rows: Integers, most: int, seed: int) -> Integers:
    return np.asarray(rows[group_sample([job.groups[i] for i in rows], most=most, seed=seed)])


def _tested(table: Table, job: Job, learn: Integers, test: Integers, *, strength: float, seed: int) -> Floats:
    """Decision values of the units to test, from some others."""
    # What is never held out has no number of a fold.
    fold = np.concatenate([np.full(len(learn), -1), np.zeros(len(test), dtype=np.int64)])
    return _held_out(table, job, np.concatenate([learn, test]), fold, strength=strength, seed=seed)[len(learn) :]


def _held_out(table: Table, job: Job, own: Integers, fold: Integers, *, strength: float, seed: int) -> Floats:
    parts, truth, weights = table.parts(job.rows[own], fold), job.truth[own], job.weights[own]
    columns = [
        fitting.held_out_scores(parts, truth[:, i], weights, strength=strength, seed=seed)
        for i in ([1] if job.mirrored else range(len(job.labels)))
    ]
    return np.stack([-columns[0], columns[0]] if job.mirrored else columns, axis=1)


def _point(
    job: Job, learned: Sequence[Integers], tests: Sequence[Integers], scores: Floats, is_random: Flags, seed: int
) -> dict[str, Any] | None:
    tested = np.concatenate(tests)
    scored = _score(job, tested, scores, is_random, seed)
    return None if scored is None else {"units": round(float(np.mean([len(rows) for rows in learned]))), **scored}


def _score(job: Job, own: Integers, scores: Floats, is_random: Flags, seed: int) -> dict[str, Any] | None:
    """Macro F1 of the plain decision on those units that were drawn at random; None without any."""
    kept = is_random[own]
    if not kept.any():
        return None
    k = len(job.labels)
    plain = Checked(scores, np.zeros(len(own), np.int64), True, False, np.ones(k), np.zeros(k), np.full(k, 0.5))
    guess = guesses(job, plain)[1][kept]
    truth, groups = job.truth[own[kept]], [job.groups[i] for i in own[kept]]
    score = float(measures.summary(measures.tally(truth, guess), job.labels)["macro_f1"])
    drawn = measures.resampled(truth, guess, groups=groups, seed=seed, draws=DRAWS)
    return {"macro_f1": score, "interval": measures.intervals(drawn, job.labels).get("macro_f1")}


def split_scores(
    table: Table, job: Job, checked: Checked, is_random: Flags, outlets: Mapping[str, str | None],
    twins: Sequence[tuple[int, int]], *, strength: float, seed: int,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Compare the score when sentences, documents, or whole outlets are held out, all on the same units.

    The first is what a careless split would show: sentences of one document are alike, and so are its labels.

    Parameters
    ----------
    outlets : mapping of group to outlet
        Whole outlets are held out only if there are three and each group's is known.
    twins : sequence of pairs of rows
        Texts that are nearly the same, from `leakage.twins`.

    Returns
    -------
    dict
        ``random``, ``group`` and perhaps ``outlet``, each with ``macro_f1``, ``interval``, ``folds``, ``units`` and
        ``torn``: how many units have their sentence, or its twin, on the other side of the split. Empty when all units
        are of one document.
    """
    if not checked.grouped:
        return {}
    own = group_sample(job.groups, most=SPLIT_MOST, seed=seed)
    groups = [job.groups[i] for i in own]
    ways = {"random": [str(i) for i in own], "group": groups}
    named = [outlets.get(group) for group in groups]
    if all(named) and len(set(named)) >= OUTLETS_NEEDED:
        ways["outlet"] = [str(name) for name in named]
    found = {}
    for way, kept_together in ways.items():
        fold = grouped_folds(kept_together, folds=SPLIT_FOLDS, seed=seed)
        if fold.max(initial=0) < 1:
            continue
        scored = _score(job, own, _held_out(table, job, own, fold, strength=strength, seed=seed), is_random, seed)
        if scored is not None:
            torn = int(leakage.torn(job.rows[own], fold, twins).sum())
            found[way] = {**scored, "folds": int(fold.max()) + 1, "units": len(own), "torn": torn}
    return found


def only(job: Job, checked: Checked, kept: Flags) -> tuple[Job, Checked]:
    """Keep some units of a cross-validation that has been done, to score those alone."""
    rows = np.flatnonzero(kept)
    some = replace(
        job, rows=job.rows[rows], truth=job.truth[rows], weights=job.weights[rows],
        groups=tuple(job.groups[i] for i in rows), keys=tuple(job.keys[i] for i in rows),
    )  # fmt: skip
    return some, replace(checked, scores=checked.scores[rows], fold=checked.fold[rows])
