"""Whether a sentence embedding is used at all, and how heavy: what predicts units held out best, beside nothing."""

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

Flags = NDArray[np.bool_]
#: Weights that are tried beside 0; the first is the one that is reported where there is too little to choose by.
WEIGHTS = (1.0, 0.5, 2.0)
#: It is used only if the held-out loss falls by this share; by chance it falls by less.
LEAST_GAIN = 0.01
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
    """What was ``chosen`` and, where there is an embedding, its ``rival``: some of it beside none, or the other way."""

    embedding: Embedding | None
    chosen: Tried
    rival: Tried | None

    @property
    def meaning(self) -> Meaning | None:
        """The columns of the embedding, if it is used."""
        return Meaning(self.embedding, self.chosen.weight) if self.embedding and self.chosen.weight else None


def weigh(plain: Table, embedding: Embedding | None, texts: Sequence[str], losses: Losses) -> Weighed:
    """Choose the weight of an embedding and the strength, by held-out log loss; ``plain`` is without it."""
    without = _tried(0.0, plain, losses)
    if embedding is None:
        return Weighed(None, without, None)
    rows = Meaning(embedding, 1.0).rows(texts)
    tried = (_tried(weight, Table(plain.counts, plain.marked, weight * rows), losses) for weight in WEIGHTS)
    heavy = min(tried, key=lambda one: one.loss)
    is_better = heavy.loss < (1 - LEAST_GAIN) * without.loss
    return Weighed(embedding, *((heavy, without) if is_better else (without, heavy)))


def _tried(weight: float, table: Table, losses: Losses) -> Tried:
    found = losses(table)
    strength = min(found, key=found.__getitem__)
    return Tried(weight, table, strength, found[strength])


def embedding_card(
    weighed: Weighed, jobs: Sequence[Job], checked: Sequence[Checked], is_random: Sequence[Flags], *, seed: int
) -> dict[str, Any] | None:
    """Score each task in cross-validation with the embedding and without, ready for JSON.

    Parameters
    ----------
    checked : sequence of Checked
        The cross-validation of what was chosen; that of the rival is done here, on the same folds.
    is_random : sequence of arrays of shape (n,)
        Which units of each job were drawn at random: the only ones that are scored.

    Returns
    -------
    dict or None
        Which embedding it is, its ``weight`` (0 where it is not used), the weight it was ``tried`` with, and for each
        task macro F1 ``with`` and ``without`` it, None where no unit was drawn at random. Without an embedding None.
        Weights are chosen on the same units, so that the better of the two figures is a little too good.
    """
    chosen, rival, embedding = weighed.chosen, weighed.rival, weighed.embedding
    if embedding is None or rival is None:
        return None
    others = [check(rival.table, job, strength=rival.strength, seed=seed) for job in jobs]
    scores = [[_macro_f1(*one) for one in zip(jobs, both, is_random, strict=True)] for both in (checked, others)]
    with_it, without = scores if chosen.weight else scores[::-1]
    return embedding.described() | {
        "weight": chosen.weight,
        "tried": chosen.weight or rival.weight,
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
