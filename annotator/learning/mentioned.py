"""Attitude to someone named in the sentence: one classifier for all targets, which sees the mention as a placeholder.

People in the news have few labels each, so what is learned is how a sentence speaks about whoever stands in that
place: the sentence with the mention masked, the words near it by side and by distance, and the words of its clause.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from annotator.learning import fitting, scoring
from annotator.learning.checking import Checked, check
from annotator.learning.features import Features, fold
from annotator.learning.jobs import Job, make_jobs
from annotator.learning.table import Table
from annotator.learning.training import fit_lines
from annotator.learning.values import Example, Suggested

PLACEHOLDER = "xtargetx"
NEAR = 8
STRENGTH = 0.1

_WORD = re.compile(r"\w+|[^\w\s]")
_CLAUSE = re.compile(
    r"[,;:\u2013\u2014()\"]|\b(?:but|while|although|though|and|who|which|that|because|after|before|when|as|if)\b"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A folded sentence around a mention: text and words to its left and right."""

    left: str
    right: str
    left_words: list[str]
    right_words: list[str]

    @classmethod
    def of(cls, example: Example) -> "Surroundings":
        """Cut the sentence at the mention; without one, everything stands to the left."""
        start, end = example.mention or (len(example.text), len(example.text))
        left, right = fold(example.text[:start]), fold(example.text[end:])
        return cls(left, right, _WORD.findall(left), _WORD.findall(right))


def masked(around: Surroundings) -> str:
    """Give the whole sentence with a placeholder for the mention."""
    return f"{around.left} {PLACEHOLDER} {around.right}"


def near(around: Surroundings) -> str:
    """Give the eight words and marks either side, with the placeholder between."""
    return " ".join([*around.left_words[-NEAR:], PLACEHOLDER, *around.right_words[:NEAR]])


def clause(around: Surroundings) -> str:
    """Give the clause of the mention, as far as commas and conjunctions tell."""
    return f"{_CLAUSE.split(around.left)[-1]} {PLACEHOLDER} {_CLAUSE.split(around.right)[0]}"


def sided(around: Surroundings) -> str:
    """Give near words and pairs, each marked with the side it stands on."""
    marked = []
    for side, words in (("l", around.left_words[-NEAR:]), ("r", around.right_words[:NEAR])):
        marked += [f"{side}_{word}" for word in words]
        marked += [f"{side}_{first}_{second}" for first, second in pairwise(words)]
    return " ".join(marked)


def placed(around: Surroundings) -> str:
    """Give the three words either side, each marked with its distance, and the first ones together."""
    left, right = around.left_words, around.right_words
    marked = [f"l{i}_{word}" for i, word in enumerate(reversed(left[-3:]), start=1)]
    marked += [f"r{i}_{word}" for i, word in enumerate(right[:3], start=1)]
    marked += ["l_" + "_".join(left[-2:]), "r_" + "_".join(right[:2]), "r_" + "_".join(right[:3])]
    return " ".join(marked)


#: What is seen of a sentence, whether as words with their characters or as whole marks, and its weight.
VIEWS: tuple[tuple[Callable[[Surroundings], str], bool, float], ...] = (
    (masked, True, 1.0),
    (near, True, 1.0),
    (clause, True, 0.7),
    (sided, False, 1.0),
    (placed, False, 0.5),
)


class Views:
    """The views of sentences side by side, fitted on the training sentences."""

    def __init__(self, examples: Sequence[Example]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        around = [Surroundings.of(example) for example in examples]
        self._parts: list[Callable[[list[str]], Any]] = []
        for view, by_characters, _ in VIEWS:
            texts = [view(one) for one in around]
            if by_characters:
                self._parts.append(Features.fit(texts).matrix)
            else:
                marks = TfidfVectorizer(analyzer=str.split, sublinear_tf=True, dtype=np.float32)
                self._parts.append(marks.fit(texts).transform)

    def matrix(self, examples: Sequence[Example]) -> Any:
        """Give the views of sentences as one sparse matrix (n, n_features)."""
        around = [Surroundings.of(example) for example in examples]
        blocks = [
            weight * part([view(one) for one in around])
            for (view, _, weight), part in zip(VIEWS, self._parts, strict=True)
        ]
        return sparse.hstack(blocks, format="csr", dtype=np.float64)


def guess_mentioned(known: Sequence[Example], unknown: Sequence[Example], *, seed: int) -> list[Suggested | None]:
    """Learn from some mentions and judge others, whoever is mentioned, with calibrated probabilities."""
    from threadpoolctl import threadpool_limits

    texts = [str(row) for row in range(len(known))]
    plain = [Example(text, one.group, one.labels, weight=one.weight) for text, one in zip(texts, known, strict=True)]
    job = make_jobs("choice", plain, texts=texts, labels=(), at_least_one=False)[0]
    with threadpool_limits(1):
        views = Views(known)
        table = Table(views.matrix(known))
        checked = check(table, job, strength=STRENGTH, seed=seed)
        lines = fit_lines(table, job, strength=STRENGTH, seed=seed)
        found = _judge(job, checked, lines, views.matrix(unknown))
    return list(found)


def _judge(job: Job, checked: Checked, lines: Sequence[fitting.Line], matrix: Any) -> list[Suggested]:
    k = len(job.labels)
    numbers = scoring.Numbers(
        np.zeros((0, k), np.float32), np.array([line.intercept for line in lines]), checked.slopes, checked.offsets,
        checked.thresholds,
    )  # fmt: skip
    coefficients = np.stack([line.coefficients for line in lines], axis=1)
    task = scoring.Task(None, job.labels, 0, True, False, checked.calibrated, (False,) * k)
    return scoring.assemble_many(task, numbers, matrix @ coefficients + numbers.intercepts)
