"""The card of a classifier: on what it was trained, how, and how good it is; ready for JSON."""

import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from annotator.learning import measures
from annotator.learning.checking import Checked, guesses
from annotator.learning.counting import CHARACTERS
from annotator.learning.features import MINIMUM_TEXTS, Features
from annotator.learning.jobs import Job
from annotator.learning.scoring import Numbers, Task
from annotator.learning.shortages import shortages
from annotator.learning.values import Example, QuestionType

TELLING = 20


def classifier_card(
    question_type: QuestionType, examples: Sequence[Example], *, labels: Sequence[str], pool: int
) -> dict[str, Any]:
    """Count the data and say what is missing."""
    return {
        "question_type": question_type,
        "labels": list(labels),
        "data": {
            "examples": len(examples),
            "texts": len({example.text for example in examples}),
            "groups": len({example.group for example in examples}),
            "pool": pool,
            "per_label": Counter(label for example in examples for label in example.labels),
            "none": sum(not example.labels for example in examples),
        },
        "shortages": [asdict(one) for one in shortages(question_type, examples, labels=labels)],
        "libraries": {"python": platform.python_version()}
        | {name: version(name) for name in ("scikit-learn", "numpy", "scipy")},
    }


def recipe(strength: float, features: Features) -> dict[str, Any]:
    """How sentences become numbers and numbers become lines."""
    manner = "hedges, boosters and other words of manner; how good or bad words are (VADER); English"
    return {
        "features": f"tf-idf, sublinear; words 1–2 and characters {CHARACTERS[0]}–{CHARACTERS[1]} inside words; "
        f"in at least {MINIMUM_TEXTS} texts",
        "style": manner if features.style else None,
        "marks": "how often people mark the words, counted in other documents" if features.marks else None,
        "width": len(features),
        "estimator": "linear support vector classifier, balanced, one label against the rest; Platt's sigmoid",
        "strength": strength,
    }


def task_card(
    job: Job, checked: Checked, task: Task, numbers: Numbers, counts: Sequence[measures.Tally], *, words: Sequence[str]
) -> dict[str, Any]:
    """Scores of one task in cross-validation, beside the majority guess, and the words that tell its labels."""
    found, guess = guesses(job, checked)
    always = np.zeros_like(job.truth)
    always[:, job.truth.sum(axis=0).argmax()] = True
    plain = _numbers(measures.summary(measures.tally(job.truth, guess), job.labels))
    return {
        "target": job.target,
        "labels": list(job.labels),
        "first": task.first,
        "one": job.one,
        "at_least_one": job.at_least_one,
        "calibrated": task.calibrated,
        "early": list(task.early),
        "units": len(job.rows),
        "groups": len(set(job.groups)),
        "folds": {
            "number": int(checked.fold.max()) + 1,
            "by": "group" if checked.grouped else "unit",
            "note": None if checked.grouped else "All units come from one document, so the folds divide its units.",
        },
        "scores": plain
        | {"ece": calibration_error(found, guess, job.truth, one=job.one)}
        | {"per_label": measures.per_label(job.truth, guess, job.labels)},
        "majority": _numbers(measures.summary(measures.tally(job.truth, always), job.labels)),
        "intervals": measures.intervals(counts, job.labels),
        "calibration": [measures.calibration_curve(found[:, i], job.truth[:, i]) for i in range(len(job.labels))],
        "thresholds": checked.thresholds.tolist(),
        "confusion": (job.truth.T.astype(int) @ guess.astype(int)).tolist(),
        "telling": {
            label: telling(numbers.coefficients[:, task.first + i], words) for i, label in enumerate(job.labels)
        },
    }


def calibration_error(found: Any, guess: Any, truth: Any, *, one: bool) -> float:
    """Error of the shown probabilities: of the suggested label, or for `choices` of every label."""
    if one:
        return measures.calibration_error(found[guess], truth[guess])
    return measures.calibration_error(found.ravel(), truth.ravel())


def telling(coefficients: Any, words: Sequence[str]) -> dict[str, list[list[Any]]]:
    """Words and pairs with the largest coefficients for and against a label."""
    order = np.argsort(coefficients[: len(words)], kind="stable")
    return {
        "for": [[words[i], round(float(coefficients[i]), 4)] for i in order[::-1][:TELLING] if coefficients[i] > 0],
        "against": [[words[i], round(float(coefficients[i]), 4)] for i in order[:TELLING] if coefficients[i] < 0],
    }


def _numbers(scores: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in scores.items()}
