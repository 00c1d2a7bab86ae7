"""Whether a sentence embedding is used at all, and how heavy: what predicts units held out best, beside nothing."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.learning import evidence, measures
from annotator.learning.checking import Checked, check, guesses
from annotator.learning.embedding import Embedding
from annotator.learning.jobs import Job
from annotator.learning.meaning import Meaning
from annotator.learning.table import Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Weights that are tried beside 0; the first is the one that is reported where there is too little to choose by.
WEIGHTS = (1.0, 0.5, 2.0)
#: It is used only if the held-out loss falls by so many standard errors: with one-sided certainty of 95 %.
CERTAIN = 1.645
#: Gives the held-out loss of each strength.
Losses = Callable[[Table], dict[float, float]]


@dataclass(frozen=True, slots=True)
class Tried:
    """A weight of the embedding with its features, the best strength for it, and the held-out loss."""

    weight: float
    table: Table
    strength: float
    loss: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was ``chosen``, and for the card the weight that was ``tried`` with the cross-validation of both ways."""

    chosen: Tried
    embedding: Embedding | None = None
    tried: float = 0.0
    with_it: Sequence[Checked] = ()
    without: Sequence[Checked] = ()

    @property
    def meaning(self) -> Meaning | None:
        """The columns of the embedding, if it is used."""
        return Meaning(self.embedding, self.chosen.weight) if self.embedding and self.chosen.weight else None


def weigh(
    plain: Table, embedding: Embedding | None, texts: Sequence[str], jobs: Sequence[Job], losses: Losses, *, seed: int
) -> Weighed:
    """Choose the weight of an embedding and the strength, by held-out log loss; ``plain`` is without it."""
    without = _tried(0.0, plain, losses)
    if embedding is None:
        return Weighed(without)
    rows = Meaning(embedding, 1.0).rows(texts)
    tried = (_tried(weight, Table(plain.counts, plain.marked, weight * rows), losses) for weight in WEIGHTS)
    heavy = min(tried, key=lambda one: one.loss)
    before, after = (
        [check(one.table, job, strength=one.strength, seed=seed) for job in jobs] for one in (without, heavy)
    )
    is_better = heavy.loss < without.loss and _is_clear(jobs, before, after)
    return Weighed(heavy if is_better else without, embedding, heavy.weight, after, before)


def _is_clear(jobs: Sequence[Job], before: Sequence[Checked], after: Sequence[Checked]) -> bool:
    """Whether held-out loss falls by more than chance would have it, documents being what is drawn."""
    gained: dict[str, float] = defaultdict(float)
    for job, old, new in zip(jobs, before, after, strict=True):
        for group, gain in zip(job.groups, _loss(job, old) - _loss(job, new), strict=True):
            gained[group] += gain
    gains = np.array(list(gained.values()))
    return len(gains) > 1 and bool(gains.mean() > CERTAIN * gains.std(ddof=1) / len(gains) ** 0.5)


def _loss(job: Job, checked: Checked) -> Floats:
    """Log loss of each unit, shape (n,): of its one label, or of each label that may hold."""
    found = np.clip(guesses(job, checked)[0], 1e-9, 1 - 1e-9)
    right = np.log(np.where(job.truth, found, 1 - found))
    kept = job.truth if job.one else np.ones_like(job.truth)
    return np.asarray(-job.weights * (right * kept).sum(axis=1))


def _tried(weight: float, table: Table, losses: Losses) -> Tried:
    found = losses(table)
    strength = min(found, key=found.__getitem__)
    return Tried(weight, table, strength, found[strength])


def embedding_card(weighed: Weighed, jobs: Sequence[Job], is_random: Sequence[Flags]) -> dict[str, Any] | None:
    """Score each task in cross-validation with the embedding and without, ready for JSON.

    Parameters
    ----------
    is_random : sequence of arrays of shape (n,)
        Which units of each job were drawn at random: the only ones that are scored.

    Returns
    -------
    dict or None
        Which embedding it is, its ``weight`` (0 where it is not used), the weight it was ``tried`` with, and for each
        task macro F1 ``with`` and ``without`` it, None where no unit was drawn at random. Without an embedding None.
        Weights are chosen on the same units, so that the better of the two figures is a little too good.
    """
    if weighed.embedding is None:
        return None
    with_it, without = (
        [_macro_f1(*one) for one in zip(jobs, checked, is_random, strict=True)]
        for checked in (weighed.with_it, weighed.without)
    )
    return weighed.embedding.described() | {
        "weight": weighed.chosen.weight,
        "tried": weighed.tried,
        "model2vec": version("model2vec"),
        "tasks": [
            {"target": job.target, "with": some, "without": none}
            for job, some, none in zip(jobs, with_it, without, strict=True)
        ],
    }


def _macro_f1(job: Job, checked: Checked, is_random: Flags) -> float | None:
    if not is_random.any():
        return None
    some, kept = evidence.only(job, checked, is_random)
    return float(measures.summary(measures.tally(some.truth, guesses(some, kept)[1]), some.labels)["macro_f1"])
