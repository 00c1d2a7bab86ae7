"""Attitude to someone named in the sentence: one classifier for all targets, which sees the mention as a placeholder.

People in the news have few labels each, so what is learned is how a sentence speaks about whoever stands in that
place: the sentence with the mention masked, the words near it by side and by distance, the words of its clause, and how
good or bad words around it are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from annotator.learning import scoring
from annotator.learning.checking import Checked, check
from annotator.learning.features import Occurrences
from annotator.learning.fitting import Line, fit_lines
from annotator.learning.jobs import Job, make_jobs
from annotator.learning.scoring import Flags, Floats, Numbers, Task
from annotator.learning.style import Style
from annotator.learning.surroundings import (
    POLARITIES,
    Mark,
    Passage,
    Surroundings,
    clause,
    masked,
    placed,
    polarity,
    sided,
)
from annotator.learning.table import Table
from annotator.learning.values import Example, Suggested
from annotator.learning.views import ColumnView, MarkView, PassageView, View

STRENGTH = 0.1

#: What is seen of a sentence by its words and their characters, and as whole marks.
PASSAGES: dict[str, Callable[[Surroundings], Passage]] = {"masked": masked, "clause": clause}
MARKS: dict[str, Callable[[Surroundings], list[Mark]]] = {"sided": sided, "placed": placed}
POLARITY = "polarity"
#: How much each view weighs.
WEIGHTS = {"masked": 1.0, "clause": 0.7, "sided": 1.0, "placed": 0.5, "polarity": 0.2}

_TOKEN = re.compile(r"\S+")


class Named(NamedTuple):
    """A sentence that names a target, and where."""

    text: str
    target: str | None
    mention: tuple[int, int] | None


class Views:
    """All views of sentences side by side."""

    def __init__(self, views: Mapping[str, View]) -> None:
        self.views = dict(views)

    def __len__(self) -> int:
        return sum(len(view) for view in self.views.values())

    @classmethod
    def fit(cls, around: Sequence[Surroundings]) -> "Views":
        """Count what the training sentences show."""
        passages = {name: PassageView.fit(cut, around) for name, cut in PASSAGES.items()}
        marks = {name: MarkView.fit(see, around) for name, see in MARKS.items()}
        # VADER's list, English as that of style; elsewhere hardly a word is known and next to nothing is added.
        return cls(passages | marks | {POLARITY: ColumnView(polarity, POLARITIES, Style.english(examples=1).valence)})

    def matrix(self, around: Sequence[Surroundings]) -> Any:
        """Give the views of sentences as one sparse matrix (n, n_features)."""
        blocks = [WEIGHTS[name] * view.matrix(around) for name, view in self.views.items()]
        return sparse.hstack(blocks, format="csr", dtype=np.float64)

    def occurrences(self, around: Surroundings) -> Occurrences:
        """Give every feature of one sentence at the word that it comes from, like `Features.occurrences`."""
        spans = [match.span() for match in _TOKEN.finditer(around.text)]
        starts = np.array([start for start, _ in spans], dtype=np.int64)
        parts, first = [], 0
        for name, view in self.views.items():
            places, columns, values = view.placed(around)
            parts.append((places, columns + first, WEIGHTS[name] * values))
            first += len(view)
        places, columns, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Occurrences(spans, np.searchsorted(starts, places, side="right") - 1, columns, values)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """The classifier of whoever is mentioned: its one task has no target until it is asked about one."""

    views: Views
    task: Task
    numbers: Numbers

    def explain(self, one: Named) -> Suggested:
        """Suggest for one sentence, with the exact contribution of every word; the mention's own are its place's."""
        placed = self.views.occurrences(Surroundings.of(one.text, one.mention))
        added = scoring.contributions(self.numbers, placed)
        (found,) = scoring.explained([self._toward(one)], self.numbers, one.text, placed.spans, added)
        return replace(found, is_from_others=True)

    def suggest_many(self, named: Sequence[Named]) -> list[Suggested]:
        """Suggest for many sentences at once, without reasons."""
        found = scoring.assemble_many(self.task, self.numbers, self._scores(named)) if named else []
        return [self._about(suggested, one.target) for suggested, one in zip(found, named, strict=True)]

    def judge(self, named: Sequence[Named]) -> tuple[Floats, Flags]:
        """Give probabilities and suggested labels of many sentences as arrays, a row each, a column per label."""
        found = scoring.probabilities(self.task, self.numbers, self._scores(named))
        return found, scoring.chosen(self.task, self.numbers.thresholds, found)

    def _scores(self, named: Sequence[Named]) -> Floats:
        matrix = self.views.matrix([Surroundings.of(one.text, one.mention) for one in named])
        return np.asarray(matrix @ self.numbers.coefficients.astype(np.float64) + self.numbers.intercepts)

    def _toward(self, one: Named) -> Task:
        return replace(self.task, target=one.target)

    @staticmethod
    def _about(suggested: Suggested, target: str | None) -> Suggested:
        labels = tuple(replace(label, target=target) for label in suggested.labels)
        return replace(suggested, target=target, labels=labels, is_from_others=True)


def named_in(example: Example) -> Surroundings:
    """Return an example's sentence around its mention."""
    return Surroundings.of(example.text, example.mention)


def pooled_job(examples: Sequence[Example], labels: Sequence[str] = ()) -> Job:
    """Return the examples of all targets as one job, a row for each: one sentence may be about two of them.

    Raises
    ------
    InvalidInputError
        If there are not five examples of each of two labels.
    """
    rows = [str(row) for row in range(len(examples))]
    plain = [replace(one, text=row, target=None) for row, one in zip(rows, examples, strict=True)]
    return make_jobs("choice", plain, texts=rows, labels=labels, at_least_one=False)[0]


def assembled(views: Views, job: Job, checked: Checked, lines: Sequence[Line], early: Sequence[bool]) -> Mentioned:
    """Put a classifier together from lines and their calibration."""
    coefficients = np.stack([line.coefficients for line in lines], axis=1).astype(np.float32)
    intercepts = np.array([line.intercept for line in lines])
    numbers = Numbers(coefficients, intercepts, checked.slopes, checked.offsets, checked.thresholds)
    return Mentioned(views, Task(None, job.labels, 0, True, False, checked.calibrated, tuple(early)), numbers)


def guess_mentioned(known: Sequence[Example], unknown: Sequence[Example], *, seed: int) -> list[Suggested | None]:
    """Learn from some mentions and judge others, whoever is mentioned, with calibrated probabilities."""
    from threadpoolctl import threadpool_limits

    job = pooled_job(known)
    with threadpool_limits(1):
        around = [named_in(one) for one in known]
        views = Views.fit(around)
        table = Table(views.matrix(around))
        checked = check(table, job, strength=STRENGTH, seed=seed)
        lines = fit_lines(table, job, strength=STRENGTH, seed=seed)
        made = assembled(views, job, checked, lines, [False] * len(job.labels))
        return list(made.suggest_many([Named(one.text, one.target, one.mention) for one in unknown]))
