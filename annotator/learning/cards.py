"""The card of a classifier: on what it was trained, how, and how good it is; ready for JSON."""

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.learning import evidence, leakage, measures
from annotator.learning.checking import Checked, guesses, resampled
from annotator.learning.counting import CHARACTERS
from annotator.learning.features import BEGINNING, MINIMUM_TEXTS, Features, is_beginning
from annotator.learning.jobs import Job
from annotator.learning.joining import outlets_of
from annotator.learning.scoring import Numbers, Task
from annotator.learning.shortages import shortages
from annotator.learning.table import Table
from annotator.learning.values import Example, QuestionType

TELLING = 20
#: A word in fewer of many texts learned from is as likely there by chance as it is telling.
TELLING_TEXTS = 5


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
            "selection": Counter(example.selection or "imported" for example in examples),
            "not_random": sum(not example.is_random for example in examples),
            "outlets": len({example.outlet for example in examples if example.outlet}),
            "sha256": data_hash(examples),
        },
        "shortages": [asdict(one) for one in shortages(question_type, examples, labels=labels)],
        "libraries": {"python": platform.python_version()}
        | {name: version(name) for name in ("scikit-learn", "numpy", "scipy")},
    }


def data_hash(examples: Sequence[Example]) -> str:
    """Name what was learned from: the same texts, documents, targets and labels have the same hash, in any order."""
    rows = sorted(
        json.dumps([example.group, example.text, example.target, sorted(example.labels)]) for example in examples
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def recipe(strength: float, features: Features) -> dict[str, Any]:
    """How sentences become numbers and numbers become lines, as facts: they are put in words for whoever reads them."""
    return {
        "words": {"beginning": BEGINNING, "characters": list(CHARACTERS), "texts": MINIMUM_TEXTS},
        "style": True if features.style else None,
        "marks": True if features.marks else None,
        "width": len(features),
        "estimator": "linear-svc",
        "strength": strength,
    }


def task_card(
    job: Job, checked: Checked, task: Task, numbers: Numbers, counts: Sequence[measures.Tally], *,
    words: Mapping[str, bool], is_random: NDArray[np.bool_], seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Scores of one task in cross-validation, beside the majority guess, and the words that tell its labels.

    All units are learned from and held out; scored are those that were drawn at random, if there are any.
    """
    scored: dict[str, Any] = {"scores": None, "majority": None, "intervals": {}, "calibration": [], "confusion": None}
    if is_random.any():
        some, kept = evidence.only(job, checked, is_random)
        drawn = counts if is_random.all() else resampled(some, kept, seed=seed)
        scored = cross_validated(some, kept, drawn)
    return {
        "target": job.target,
        "labels": list(job.labels),
        "first": task.first,
        "one": job.one,
        "at_least_one": job.at_least_one,
        "calibrated": task.calibrated,
        "early": list(task.early),
        "units": len(job.rows),
        "scored": int(is_random.sum()),
        "groups": len(set(job.groups)),
        "folds": {
            "number": int(checked.fold.max()) + 1,
            "by": "group" if checked.grouped else "unit",
        },
        **scored,
        "thresholds": checked.thresholds.tolist(),
        "telling": {
            label: telling(numbers.coefficients[:, task.first + i], words) for i, label in enumerate(job.labels)
        },
    }


def cross_validated(job: Job, checked: Checked, counts: Sequence[measures.Tally]) -> dict[str, Any]:
    """Score held-out guesses beside the majority guess, with intervals from resampled counts."""
    found, guess = guesses(job, checked)
    always = np.zeros_like(job.truth)
    always[:, job.truth.sum(axis=0).argmax()] = True
    plain = _numbers(measures.summary(measures.tally(job.truth, guess), job.labels))
    return {
        "scores": plain
        | {"ece": calibration_error(found, guess, job.truth, one=job.one)}
        | {"per_label": measures.per_label(job.truth, guess, job.labels)},
        "majority": _numbers(measures.summary(measures.tally(job.truth, always), job.labels)),
        "intervals": measures.intervals(counts, job.labels),
        "calibration": [measures.calibration_curve(found[:, i], job.truth[:, i]) for i in range(len(job.labels))],
        "confusion": (job.truth.T.astype(int) @ guess.astype(int)).tolist(),
    }


def evidence_card(
    table: Table, jobs: Sequence[Job], checked: Sequence[Checked], examples: Sequence[Example],
    pairs: Sequence[tuple[int, int]], *, strength: float, seed: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return, for each job, its learning curve and its scores under other ways to split; ``pairs`` are twins."""
    outlets = outlets_of(examples)
    found = []
    for job, result in zip(jobs, checked, strict=True):
        is_random = drawn_at_random(job, examples)
        curve = evidence.learning_curve(table, job, result, is_random, strength=strength, seed=seed)
        splits = evidence.split_scores(table, job, result, is_random, outlets, pairs, strength=strength, seed=seed)
        found.append({"curve": curve, "splits": splits, "torn": int(leakage.torn(job.rows, result.fold, pairs).sum())})
    return found


def count_documents(job: Job, given: Sequence[Example]) -> int:
    """Count the documents of a job's units, each for itself: in its folds some are joined."""
    return len({one.group for one in given if job.target is None or one.target == job.target})


def drawn_at_random(job: Job, examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Tell of a job's units, in its order, which were drawn at random; shape (n,)."""
    own = [one.is_random for one in examples if job.target is None or one.target == job.target]
    return np.array(own, dtype=bool)


def calibration_error(found: Any, guess: Any, truth: Any, *, one: bool) -> float:
    """Error of the shown probabilities: of the suggested label, or for `choices` of every label."""
    if one:
        return measures.calibration_error(found[guess], truth[guess])
    return measures.calibration_error(found.ravel(), truth.ravel())


def telling(coefficients: Any, words: Mapping[str, bool]) -> dict[str, list[list[Any]]]:
    """Words and pairs with the largest coefficients for and against a label, of those that are no rarity."""
    names, enough = list(words), list(words.values())
    order = [i for i in np.argsort(coefficients[: len(names)], kind="stable") if enough[i]]
    return {
        "for": [[names[i], round(float(coefficients[i]), 4)] for i in order[::-1][:TELLING] if coefficients[i] > 0],
        "against": [[names[i], round(float(coefficients[i]), 4)] for i in order[:TELLING] if coefficients[i] < 0],
    }


def common_words(table: Table, words: Iterable[str]) -> dict[str, bool]:
    """Tell of each word and pair that is a feature whether it is in more than a few of the texts learned from.

    That is two of a few texts, and five of a hundred and fifty or more. How words begin is not told of: it is no word.
    """
    names = list(words)
    stands = np.asarray((table.counts[:, : len(names)] != 0).sum(axis=0)).ravel()
    least = min(TELLING_TEXTS, 2 + table.counts.shape[0] // 50)
    return {
        name: is_common and not is_beginning(name)
        for name, is_common in zip(names, (stands >= least).tolist(), strict=True)
    }


def _numbers(scores: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in scores.items()}
