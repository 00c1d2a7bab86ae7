"""How good the application's own recipe is on any labelled data: a given split, or folds grouped by document."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.errors import InvalidInputError
from annotator.learning import measures
from annotator.learning.classifier import train
from annotator.learning.differences import difference
from annotator.learning.embedding import Embedding
from annotator.learning.folds import grouped_folds, splits
from annotator.learning.joining import joined_groups
from annotator.learning.leakage import Twins
from annotator.learning.pools import Pool
from annotator.learning.shortages import is_always_given
from annotator.learning.values import Example, Progress, QuestionType, Suggested

Flags = NDArray[np.bool_]
#: Trains on examples, then guesses others: None where there is no suggestion.
Guesser = Callable[[Sequence[Example], Sequence[Example]], list[Suggested | None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Guesses beside the truth, all of shape (n_test, n_labels), with the majority's guess."""

    truth: Flags
    guess: Flags
    majority: Flags
    probability: NDArray[np.float64]
    suggested: Flags
    groups: list[str]


def evaluate(
    question_type: QuestionType,
    learn: Sequence[Example],
    test: Sequence[Example] | None,
    *,
    folds: int = 5,
    seed: int = 0,
    pool: Sequence[str] = (),
    progress: Progress | None = None,
    embedding: Embedding | None = None,
) -> dict[str, Any]:
    """Train on one part and measure on another that shares no document with it.

    Parameters
    ----------
    question_type : {"choice", "choices", "stance", "scale"}
        Stance with mentions is learned by one classifier for all targets, with the mention masked.
    learn, test : sequences of Example
        Without ``test``, ``learn`` is divided into folds and each fold is tested once; a fold never divides a document,
        nor documents that share a sentence, as far as `joined_groups` can.
    pool : sequence of str
        Unlabelled texts that help to weigh words, as those of a project do.
    embedding : Embedding, optional
        Given to the classifiers; the same is then measured without it, too. Stance with mentions does not see it.

    Returns
    -------
    dict
        ``n_train``, ``n_test``, ``accuracy``, ``macro_f1``, ``micro_f1``, ``f_avg`` (None unless there are labels for
        and against), ``ece``, ``per_label``, ``intervals`` (95 %, bootstrap by group), ``majority``,
        ``unsuggested`` (test units without a suggestion, counted as the majority guess), ``cpu_seconds``. With an
        embedding also ``embedding``: which it is, its ``weights`` in each training (0 where it was not used), the
        scores ``without`` it, and the ``difference`` that it makes to macro F1, with its interval.

    Raises
    ------
    InvalidInputError
        If there are too few labels, documents or classes.
    """
    started = time.process_time()
    labels = sorted({label for example in [*learn, *(test or [])] for label in example.labels})
    if len({example.labels for example in learn}) < 2:
        raise InvalidInputError("All training units have the same label: there is nothing to learn.")
    parts = _parts(learn, test, folds=folds, seed=seed)
    counted = Pool.of(pool, seed=seed)
    weights: list[float] = []
    guesser = _guesser(question_type, learn, seed, counted, embedding, weights)
    outcome = _outcome(parts, guesser, labels, progress)
    result = report(outcome, labels, one=question_type != "choices", seed=seed)
    if embedding is not None:
        plain = _outcome(parts, _guesser(question_type, learn, seed, counted), labels, progress)
        result["embedding"] = {**embedding.described(), "weights": weights, **_beside(plain, outcome, labels, seed)}
    n_test = len(outcome.truth)
    n_train = len(learn) if test is not None else round(len(learn) * (folds - 1) / folds)
    return {"n_train": n_train, "n_test": n_test, **result, "cpu_seconds": round(time.process_time() - started, 2)}


def _parts(
    learn: Sequence[Example], test: Sequence[Example] | None, *, folds: int, seed: int
) -> list[tuple[list[Example], list[Example]]]:
    if test is not None:
        return [(list(learn), list(test))]
    texts, groups = [example.text for example in learn], [example.group for example in learn]
    fold = grouped_folds(joined_groups(texts, groups, Twins.among(texts)), folds=folds, seed=seed)
    if fold.max(initial=0) < 1:
        raise InvalidInputError("All units belong to one group, so none can be held out: name another group column.")
    return [([learn[i] for i in known], [learn[i] for i in held_out]) for known, held_out in splits(fold)]


def _beside(plain: Outcome, outcome: Outcome, labels: Sequence[str], seed: int) -> dict[str, Any]:
    scores = measures.summary(measures.tally(plain.truth, plain.guess), labels)
    return {
        "without": {name: float(value) for name, value in scores.items()},
        "difference": difference(plain, outcome, labels, seed=seed)["macro_f1"],
    }


def _guesser(
    question_type: QuestionType, learn: Sequence[Example], seed: int, pool: Sequence[str],
    embedding: Embedding | None = None, weights: list[float] | None = None,
) -> Guesser:  # fmt: skip
    """Make what trains and guesses; the weight that each training gives to an embedding is added to ``weights``."""
    if question_type == "stance" and all(example.mention for example in learn):
        from annotator.learning.mentioned import guess_mentioned

        return lambda known, unknown: guess_mentioned(known, unknown, seed=seed)
    at_least_one = is_always_given(question_type, learn)

    def guess(known: Sequence[Example], unknown: Sequence[Example]) -> list[Suggested | None]:
        classifier = train(question_type, known, pool=pool, seed=seed, at_least_one=at_least_one, embedding=embedding)
        if weights is not None and embedding is not None:
            weights.append(classifier.card["embedding"]["weight"])
        if question_type != "stance":
            return [found[0] for found in classifier.suggest_many([example.text for example in unknown])]
        texts = list(dict.fromkeys(example.text for example in unknown))
        found = dict(zip(texts, classifier.suggest_many(texts), strict=True))
        per_target = {text: {one.target: one for one in all_targets} for text, all_targets in found.items()}
        return [per_target[example.text].get(example.target) for example in unknown]

    return guess


def _outcome(
    parts: Sequence[tuple[list[Example], list[Example]]], guesser: Guesser, labels: Sequence[str],
    progress: Progress | None,
) -> Outcome:  # fmt: skip
    found: list[Suggested | None] = []
    majorities: list[tuple[str, ...]] = []
    for done, (known, unknown) in enumerate(parts, start=1):
        found += guesser(known, unknown)
        majorities += [majority_answer(known)] * len(unknown)
        if progress:
            progress(done / len(parts), f"Trained on {len(known):,} units and tested on {len(unknown):,}.")
    tested = [example for _, unknown in parts for example in unknown]
    majority = flags_of(majorities, labels)
    has = np.array([one is not None for one in found])
    guess = np.where(has[:, None], flags_of([one.chosen if one else () for one in found], labels), majority)
    probability = np.array([probabilities_of(one, labels) for one in found])
    truth = flags_of([example.labels for example in tested], labels)
    return Outcome(truth, guess, majority, probability, has, [example.group for example in tested])


def report(outcome: Outcome, labels: Sequence[str], *, one: bool, seed: int) -> dict[str, Any]:
    """Score guesses, of a held-out part as of the reserved sample; ``one`` label holds, or several may."""
    plain = measures.summary(measures.tally(outcome.truth, outcome.guess), labels)
    common = measures.summary(measures.tally(outcome.truth, outcome.majority), labels)
    told = outcome.suggested
    if one:
        confidence = outcome.probability[told].max(axis=1, initial=0)
        right = np.asarray((outcome.truth & outcome.guess).any(axis=1))
        ece = measures.calibration_error(confidence, right[told])
    else:
        ece = measures.calibration_error(outcome.probability[told].ravel(), outcome.truth[told].ravel())
    return {
        **{name: float(value) for name, value in plain.items()},
        "f_avg": float(plain["f_avg"]) if "f_avg" in plain else None,
        "ece": ece,
        "per_label": measures.per_label(outcome.truth, outcome.guess, labels),
        "intervals": measures.intervals(
            measures.resampled(outcome.truth, outcome.guess, groups=outcome.groups, seed=seed), labels
        ),
        "majority": {name: float(value) for name, value in common.items()},
        "unsuggested": int((~told).sum()),
    }


def majority_answer(known: Sequence[Example]) -> tuple[str, ...]:
    """Commonest answer of the training units; for `choices` that may be a set of labels or none."""
    return Counter(tuple(sorted(example.labels)) for example in known).most_common(1)[0][0]


def flags_of(answers: Sequence[Sequence[str]], labels: Sequence[str]) -> Flags:
    """Tell of each answer which labels it holds, shape (n, n_labels)."""
    return np.array([[label in answer for label in labels] for answer in answers], dtype=bool)


def probabilities_of(found: Suggested | None, labels: Sequence[str]) -> list[float]:
    """Return the probability of each label, 0 where the classifier does not know it."""
    known = {one.label: one.probability for one in found.labels} if found else {}
    return [known.get(label, 0.0) for label in labels]
