"""Targets with too few labels of their own: what the labels of the others say of them, and whether it can be trusted.

How a sentence speaks of the one who is mentioned may hold for whoever it is, as with people in the news; or what is
said hangs on the target, as with issues. Which of the two is told by judging targets that were not learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.errors import InvalidInputError
from annotator.learning import cards
from annotator.learning.checking import MANY_UNITS, Checked, checked_on, resampled
from annotator.learning.evidence import only
from annotator.learning.fitting import fit_lines
from annotator.learning.folds import group_sample, grouped_folds
from annotator.learning.jobs import Job
from annotator.learning.measures import Tally, summary
from annotator.learning.mentioned import STRENGTH, Mentioned, Views, assembled, named_in, pooled_job
from annotator.learning.shortages import SETTLED_CLASS, SETTLED_UNITS, TARGETS_NEEDED, is_settled
from annotator.learning.table import Part, Table
from annotator.learning.values import Example

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: How one more person is spoken of is learned from so many units as well as from more, in a few seconds.
MOST_UNITS = 4000
TARGET_FOLDS, DOCUMENT_FOLDS = 5, 3


@dataclass(frozen=True, slots=True)
class Crossed:
    """Folds of targets crossed with folds of documents, shape (n,) each."""

    targets: Integers
    documents: Integers

    @property
    def learned(self) -> float:
        """Share of the units that the lines of one part have learned from, folds being of like size."""
        return (1 - 1 / (int(self.targets.max()) + 1)) * (1 - 1 / (int(self.documents.max()) + 1))

    def parts(self, table: Table) -> list[Part]:
        """Hold out each fold of targets in each fold of documents once, learning from neither."""
        found = []
        for target in range(int(self.targets.max()) + 1):
            for document in range(int(self.documents.max()) + 1):
                same, alike = self.targets == target, self.documents == document
                learn, test = np.flatnonzero(~same & ~alike), np.flatnonzero(same & alike)
                if len(test):
                    found.append(Part(learn, test, table.counts[learn], table.counts[test]))
        return found


def learn_from_others(
    examples: Sequence[Example], *, labels: Sequence[str], seed: int, documents: Sequence[str] | None = None
) -> tuple[dict[str, Any], Mentioned | None]:
    """Learn from all targets together how whoever is mentioned is spoken of, and say whether it holds for others.

    Cross-validation leaves out whole targets, and documents as well: folds of targets are crossed with folds of
    documents, and a unit is judged by lines that have learned from no unit toward its target, nor toward any other of
    its fold, and from no unit of its document. What is held out is labels; the frequencies of words are counted in all
    sentences, as those of unlabelled ones are elsewhere.

    Parameters
    ----------
    examples : sequence of Example
        Stances toward all targets; those whose sentence does not name its target are left out.
    labels : sequence of str
        In the codebook's order.
    documents : sequence of str, optional
        The document of each example, if ``group`` makes several one that share a sentence.

    Returns
    -------
    card : dict
        What was learned from (``documents`` counts each for itself, ``groups`` joined ones as one), ``tested``, how
        many targets and documents the units drawn at random are about, the scores beside the majority guess,
        ``is_used``, and if not, ``why``: "targets" (too few are named), "units" (too few units, or of two labels),
        "documents" (one alone), "chosen" (no unit drawn at random, so that nothing can be scored), "guessing" (no
        better than that).
    classifier : Mentioned or None
        None unless it is used: where macro F1 is surely above guessing, both with documents and with targets resampled.

    Notes
    -----
    The interval's lower end is as far below the score as the variance of cross-validation bears out: the lines of its
    parts have learned from the same units, which drawing units anew does not show. Its distance is multiplied by the
    root of one plus n / n_learned (Nadeau and Bengio 2003, Inference for the Generalization Error, section 3, with as
    many parts as folds). Of 80 made-up worlds in which words tell nothing 7 passed without that, and 1 with it.
    """
    rows = [row for row, one in enumerate(examples) if one.mention is not None]
    rows = [rows[i] for i in group_sample([examples[row].group for row in rows], most=MOST_UNITS, seed=seed)]
    named = [examples[row] for row in rows]
    own = [examples[row].group if documents is None else documents[row] for row in rows]
    drawn = [(one.target, document) for one, document in zip(named, own, strict=True) if one.is_random]
    card: dict[str, Any] = {
        "targets": len({one.target for one in named}),
        "units": len(named),
        "documents": len(set(own)),
        "tested": {"targets": len({one for one, _ in drawn}), "documents": len({one for _, one in drawn})},
        "groups": len({one.group for one in named}),
        "needed": {"targets": TARGETS_NEEDED, "units": SETTLED_UNITS, "class": SETTLED_CLASS},
        "is_used": False,
    }
    why, job = _refusal(named, labels)
    if job is None:
        return card | {"why": why}, None
    told, made = _learned(named, job, seed=seed)
    return card | told, made


def _refusal(named: Sequence[Example], labels: Sequence[str]) -> tuple[str | None, Job | None]:
    if len({one.target for one in named}) < TARGETS_NEEDED:
        return "targets", None
    try:
        job = pooled_job(named, labels)
    except InvalidInputError:
        return "units", None
    kept = job.truth.any(axis=1)
    if not is_settled(job.truth.sum(axis=0).tolist(), int(kept.sum())):
        return "units", None
    if len(set(job.groups)) < 2:
        return "documents", None
    return (None, job) if any(one.is_random for one in named) else ("chosen", None)


def _learned(named: Sequence[Example], job: Job, *, seed: int) -> tuple[dict[str, Any], Mentioned | None]:
    around = [named_in(one) for one in named]
    views = Views.fit(around)
    table = Table(views.matrix(around))
    targets = [str(one.target) for one in named]
    crossed = _crossed(targets, job, seed=seed)
    parts = crossed.parts(table)
    checked = checked_on(parts, job, crossed.targets, grouped=True, strength=STRENGTH, seed=seed)
    is_random = np.array([one.is_random for one in named])
    card, better = _tested(job, checked, targets, is_random, wider=(1 + 1 / crossed.learned) ** 0.5, seed=seed)
    card |= {
        "labels": list(job.labels),
        "folds": {"targets": int(crossed.targets.max()) + 1, "documents": int(crossed.documents.max()) + 1},
        "width": len(views),
        "is_used": better,
        "why": None if better else "guessing",
    }
    if not better:
        return card, None
    lines = fit_lines(table, job, strength=STRENGTH, seed=seed)
    early = [bool(size < SETTLED_CLASS) for size in job.truth.sum(axis=0)]
    card |= {"early": early, "calibrated": checked.calibrated}
    return card, assembled(views, job, checked, lines, early)


def _crossed(targets: Sequence[str], job: Job, *, seed: int) -> Crossed:
    most = TARGET_FOLDS if len(targets) <= MANY_UNITS else DOCUMENT_FOLDS
    return Crossed(
        grouped_folds(targets, folds=most, seed=seed), grouped_folds(job.groups, folds=DOCUMENT_FOLDS, seed=seed)
    )


def _tested(
    job: Job, checked: Checked, targets: Sequence[str], is_random: Flags, *, wider: float, seed: int
) -> tuple[dict[str, Any], bool]:
    """Score the units that were drawn at random, and tell whether it is better than guessing."""
    some, kept = only(job, checked, is_random)
    by_document = resampled(some, kept, seed=seed)
    of_kept = tuple(target for target, counts in zip(targets, is_random, strict=True) if counts)
    by_target = resampled(replace(some, groups=of_kept), kept, seed=seed)
    card = cards.cross_validated(some, kept, by_document) | {"scored": int(is_random.sum())}
    score = card["scores"]["macro_f1"]
    return card, all(_beats(some, score, counts, wider=wider) for counts in (by_document, by_target))


def _beats(job: Job, score: float, counts: Sequence[Tally], *, wider: float) -> bool:
    """Tell whether a score is above the share that guessing by frequency gets, as `better_than_guessing` does."""
    if not counts:
        return False
    lowest = float(np.quantile(np.concatenate([summary(one, job.labels)["macro_f1"] for one in counts]), 0.025))
    return score - wider * (score - lowest) > 1 / len(job.labels)
