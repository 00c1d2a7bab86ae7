"""What has to be learned: the examples of each question or target as arrays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.errors import InvalidInputError
from annotator.learning.shortages import EXAMPLES_NEEDED, LABELS_NEEDED, kept_labels
from annotator.learning.values import Example, QuestionType
from annotator.words import say


@dataclass(frozen=True, slots=True)
class Job:
    """The examples of one task: ``rows`` into the matrix of texts, ``truth`` of shape (n, n_labels)."""

    target: str | None
    labels: tuple[str, ...]
    rows: NDArray[np.int64]
    truth: NDArray[np.bool_]
    weights: NDArray[np.float64]
    groups: tuple[str, ...]
    keys: tuple[int, ...]
    one: bool
    at_least_one: bool

    @property
    def mirrored(self) -> bool:
        """Whether two labels exclude each other and nothing else was given, so that one line decides."""
        return self.one and len(self.labels) == LABELS_NEEDED and bool(self.truth.any(axis=1).all())


def make_jobs(
    question_type: QuestionType, examples: Sequence[Example], *, texts: Sequence[str], labels: Sequence[str],
    at_least_one: bool,
) -> list[Job]:  # fmt: skip
    """One job per target for stance, one for any other question; those without enough examples are left out.

    Raises
    ------
    InvalidInputError
        If no job is left.
    ValueError
        If examples do not fit the type of question.
    """
    _check(question_type, examples)
    wanted = dict.fromkeys(example.target for example in examples) if question_type == "stance" else {None: None}
    places = {text: row for row, text in enumerate(texts)}
    found = []
    for target in wanted:
        own = [example for example in examples if question_type != "stance" or example.target == target]
        usable = _usable_labels(question_type, own, labels)
        if len(usable) >= (1 if question_type == "choices" else LABELS_NEEDED):
            found.append(_job(target, own, usable, places, one=question_type != "choices", at_least_one=at_least_one))
    if not found:
        raise InvalidInputError(_too_few(question_type))
    return found


def _check(question_type: QuestionType, examples: Sequence[Example]) -> None:
    if question_type != "choices" and any(len(example.labels) != 1 for example in examples):
        raise ValueError(f"every example of a {question_type} question has exactly one label")
    if question_type == "stance" and any(example.target is None for example in examples):
        raise ValueError("every example of a stance question names its target")


def _usable_labels(question_type: QuestionType, own: Sequence[Example], labels: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(label for example in own for label in set(example.labels))
    kept = kept_labels(counts, labels)
    if question_type == "choices":
        return tuple(label for label in kept if len(own) - counts[label] >= EXAMPLES_NEEDED)
    return tuple(kept)


def _job(
    target: str | None, own: Sequence[Example], labels: tuple[str, ...], places: dict[str, int], *, one: bool,
    at_least_one: bool,
) -> Job:  # fmt: skip
    return Job(
        target=target,
        labels=labels,
        rows=np.array([places[example.text] for example in own], dtype=np.int64),
        truth=np.array([[label in example.labels for label in labels] for example in own], dtype=bool),
        weights=np.array([example.weight for example in own], dtype=np.float64),
        groups=tuple(example.group for example in own),
        keys=tuple(example.key for example in own),
        one=one,
        at_least_one=at_least_one and not one,
    )


def _too_few(question_type: QuestionType) -> str:
    if question_type == "choices":
        return say(
            "There is no label with {need} units that have it and {need} that do not: label more units.",
            need=EXAMPLES_NEEDED,
        )
    if question_type == "stance":
        return say(
            "There are not {need} units with each of two labels for any target yet: label more units.",
            need=EXAMPLES_NEEDED,
        )
    return say("There are not {need} units with each of two labels yet: label more units.", need=EXAMPLES_NEEDED)
