"""Decision values, probabilities and reasons from stored numbers; scikit-learn is not needed for this."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from annotator.learning.features import Features, Occurrences
from annotator.learning.values import Contribution, Suggested, Suggestion

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Task:
    """What is decided together: the labels of a question, toward one target for stance.

    ``first`` is the column of the first label; ``one`` says that exactly one label holds; ``early`` tells it of each
    label.
    """

    target: str | None
    labels: tuple[str, ...]
    first: int
    one: bool
    at_least_one: bool
    calibrated: bool
    early: tuple[bool, ...]

    @property
    def columns(self) -> slice:
        """Columns of the task's labels."""
        return slice(self.first, self.first + len(self.labels))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The arrays of a classifier: ``coefficients`` (n_features, n_columns) float32, the others (n_columns,)."""

    coefficients: NDArray[np.float32]
    intercepts: Floats
    slopes: Floats
    offsets: Floats
    thresholds: Floats


def probabilities(task: Task, numbers: Numbers, scores: Floats) -> Floats:
    """Turn decision values (n, n_columns) into probabilities (n, n_labels) of a task, adding up to 1 if ``one``."""
    cut = task.columns
    found: Floats = expit(scores[:, cut] * numbers.slopes[cut] + numbers.offsets[cut])
    if not task.one:
        return found
    total = found.sum(axis=1, keepdims=True)
    return np.where(total > 0, found / np.where(total > 0, total, 1), 1 / len(task.labels))


def chosen(task: Task, thresholds: Floats, found: Floats) -> Flags:
    """Which labels are suggested, given probabilities (n, n_labels)."""
    top = np.zeros(found.shape, dtype=bool)
    if task.one:
        top[np.arange(len(found)), found.argmax(axis=1)] = True
        return top
    margin = found / np.maximum(thresholds[task.columns], 1e-9)
    passed = margin >= 1
    if task.at_least_one:
        top[np.arange(len(found)), margin.argmax(axis=1)] = True
        passed |= top & ~passed.any(axis=1, keepdims=True)
    return passed


def decide(features: Features, numbers: Numbers, texts: Sequence[str]) -> Floats:
    """Decision values of texts, shape (n_texts, n_columns)."""
    return np.asarray(features.matrix(texts) @ numbers.coefficients.astype(np.float64) + numbers.intercepts)


def contributions(numbers: Numbers, placed: Occurrences) -> Floats:
    """Sum up what each token of a sentence adds to each decision value, shape (n_tokens, n_columns)."""
    parts = numbers.coefficients[placed.feature] * placed.value[:, None]
    n = len(placed.spans)
    columns = [np.bincount(placed.token, weights=part, minlength=n) for part in parts.T]
    added = np.asarray(np.stack(columns, axis=1) if columns else np.zeros((n, 0)), dtype=np.float64)
    if placed.meant is None:
        return added
    return added + placed.meant @ numbers.coefficients[-placed.meant.shape[1] :].astype(np.float64)


def explain(features: Features, numbers: Numbers, tasks: Sequence[Task], text: str) -> list[Suggested]:
    """Suggest for one sentence, with the exact contribution of every word."""
    placed = features.occurrences(text)
    return explained(tasks, numbers, text, placed.spans, contributions(numbers, placed))


def explained(
    tasks: Sequence[Task], numbers: Numbers, text: str, tokens: Sequence[tuple[int, int]], added: Floats
) -> list[Suggested]:
    """Suggest from what each token of a sentence adds to each decision value, shape (n_tokens, n_columns)."""
    scores = (added.sum(axis=0) + numbers.intercepts)[None]
    spans = [_trim(text, start, end) for start, end in tokens]
    return [_suggested(task, numbers, scores, _reasons(text, spans, added[:, task.columns])) for task in tasks]


def suggest_many(
    features: Features, numbers: Numbers, tasks: Sequence[Task], texts: Sequence[str]
) -> list[list[Suggested]]:
    """Suggest for many sentences, without reasons."""
    scores = decide(features, numbers, texts)
    per_task = [assemble_many(task, numbers, scores) for task in tasks]
    return [[column[row] for column in per_task] for row in range(len(texts))]


def assemble_many(task: Task, numbers: Numbers, scores: Floats) -> list[Suggested]:
    """Suggest from decision values (n, n_columns), without reasons."""
    found = probabilities(task, numbers, scores)
    picked = chosen(task, numbers.thresholds, found)
    none: list[tuple[Contribution, ...]] = [()] * len(task.labels)
    return [_assemble(task, numbers, scores[i], found[i], picked[i], none) for i in range(len(scores))]


def _suggested(task: Task, numbers: Numbers, scores: Floats, reasons: Sequence[tuple[Contribution, ...]]) -> Suggested:
    found = probabilities(task, numbers, scores)
    return _assemble(task, numbers, scores[0], found[0], chosen(task, numbers.thresholds, found)[0], reasons)


def _assemble(
    task: Task, numbers: Numbers, scores: Floats, found: Floats, picked: Flags,
    reasons: Sequence[tuple[Contribution, ...]],
) -> Suggested:  # fmt: skip
    ranked = sorted(range(len(task.labels)), key=lambda i: -found[i])
    labels = tuple(
        Suggestion(
            task.labels[i], float(found[i]), task.target, task.early[i], reasons[i],
            float(numbers.intercepts[task.first + i]), float(scores[task.first + i]),
        )
        for i in ranked
    )  # fmt: skip
    return Suggested(task.target, labels, tuple(task.labels[i] for i in ranked if picked[i]), all(task.early))


def _reasons(text: str, spans: Sequence[tuple[int, int]], added: Floats) -> list[tuple[Contribution, ...]]:
    words = [(text[start:end], start, end) for start, end in spans]
    return [
        tuple([Contribution(*word, value) for word, value in zip(words, column, strict=True) if value])
        for column in added.T.tolist()
    ]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave punctuation around a word out of its span; a token of punctuation or symbols alone keeps it."""
    inner = [i for i in range(start, end) if text[i].isalnum()]
    return (inner[0], inner[-1] + 1) if inner else (start, end)
