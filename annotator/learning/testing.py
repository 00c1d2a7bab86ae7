"""A classifier on the reserved sample: scores beside the majority guess and beside people on the same units."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.learning import measures
from annotator.learning.classifier import Classifier
from annotator.learning.evaluation import Outcome, flags_of, majority_answer, probabilities_of, report
from annotator.learning.leakage import Twins
from annotator.learning.panels import UNITS_NEEDED, Panel, consensus
from annotator.learning.values import Example, Suggested

Flags = NDArray[np.bool_]
DRAWS = 1000


def reserved_card(
    classifier: Classifier, learned: Sequence[Example], tests: Sequence[Panel], *, labels: Sequence[str], seed: int
) -> dict[str, Any]:
    """Score a classifier on units that it has not seen, ready for JSON.

    Parameters
    ----------
    learned : sequence of Example
        What it was trained on: the majority guess is the commonest answer there, and twins are looked for in it.
    tests : sequence of Panel
        May be empty; nothing is scored then, and only what is missing is said.
    labels : sequence of str
        In the codebook's order.

    Returns
    -------
    dict
        ``parts``: a dict for each target, or one for the question; with several targets a last one for all of them
        (``target`` None), which counts units without a suggestion, toward targets without own labels, as the majority
        guess.
    """
    targets: dict[str | None, None] = dict.fromkeys(task.target for task in classifier.tasks)
    scored = guessed(classifier, tests)
    wanted = [*targets, *([None] if len(targets) != 1 or classifier.mentioned else [])]
    twins = Twins.among(one.text for one in [*learned, *(panel.example for panel in tests)])
    is_one = classifier.card["question_type"] != "choices"
    return {"parts": [_part(about, learned, scored, twins, labels=labels, one=is_one, seed=seed) for about in wanted]}


def guessed(classifier: Classifier, tests: Sequence[Panel]) -> list[tuple[Panel, Suggested | None]]:
    """Set beside each unit what the classifier suggests, None for a target that it does not know."""
    places: dict[str, dict[str, tuple[int, int]]] = {one.example.text: {} for one in tests}
    for one in tests:
        if one.example.target is not None and one.example.mention is not None:
            places[one.example.text][one.example.target] = one.example.mention
    texts = list(places)
    found = (
        dict(zip(texts, classifier.suggest_many(texts, mentions=list(places.values())), strict=True)) if texts else {}
    )
    known = {text: {one.target: one for one in suggested} for text, suggested in found.items()}
    return [(one, known[one.example.text].get(one.example.target)) for one in tests]


def _part(
    target: str | None, learned: Sequence[Example], scored: Sequence[tuple[Panel, Suggested | None]], twins: Twins, *,
    labels: Sequence[str], one: bool, seed: int,
) -> dict[str, Any]:  # fmt: skip
    known = [example for example in learned if target is None or example.target == target]
    own = [(unit, found) for unit, found in scored if target is None or unit.example.target == target]
    order = labels_given([*known, *(unit.example for unit, _ in own)], labels)
    counts = Counter(label for unit, _ in own for label in unit.example.labels)
    part: dict[str, Any] = {
        "target": target,
        "labels": order,
        "units": len(own),
        "groups": len({unit.example.group for unit, _ in own}),
        "gold": sum(unit.is_gold for unit, _ in own),
        "missing": {label: UNITS_NEEDED - counts[label] for label in order if counts[label] < UNITS_NEEDED},
    }
    if not own:
        return part
    outcome = outcome_of(known, own, order)
    twin = twins.across([example.text for example in known], [unit.example.text for unit, _ in own])
    return part | _scored(outcome, [unit for unit, _ in own], twin, order, one=one, seed=seed)


def labels_given(examples: Sequence[Example], labels: Sequence[str]) -> list[str]:
    """Return the labels that occur, in the codebook's order; what it does not know comes last."""
    given = {label for example in examples for label in example.labels}
    return [label for label in dict.fromkeys([*labels, *sorted(given)]) if label in given]


def outcome_of(
    known: Sequence[Example], own: Sequence[tuple[Panel, Suggested | None]], labels: Sequence[str]
) -> Outcome:
    """Set guesses beside the truth as `annotator evaluate` does: without a suggestion the majority guess counts."""
    majority = flags_of([majority_answer(known)] * len(own), labels)
    has = np.array([found is not None for _, found in own])
    guess = flags_of([found.chosen if found else () for _, found in own], labels)
    return Outcome(
        truth=flags_of([one.example.labels for one, _ in own], labels),
        guess=np.where(has[:, None], guess, majority),
        majority=majority,
        probability=np.array([probabilities_of(found, labels) for _, found in own]),
        suggested=has,
        groups=[one.example.group for one, _ in own],
    )


def _scored(
    outcome: Outcome, own: Sequence[Panel], twin: Flags, labels: Sequence[str], *, one: bool, seed: int
) -> dict[str, Any]:
    counts = list(measures.resampled(outcome.truth, outcome.guess, groups=outcome.groups, seed=seed, draws=DRAWS))
    told = outcome.suggested
    return {
        "scores": report(outcome, labels, one=one, seed=seed),
        "label_intervals": measures.label_intervals(counts, labels),
        "majority_per_label": measures.per_label(outcome.truth, outcome.majority, labels),
        "calibration": [
            measures.calibration_curve(outcome.probability[told, i], outcome.truth[told, i]) for i in range(len(labels))
        ],
        "confusion": (outcome.truth.T.astype(int) @ outcome.guess.astype(int)).tolist(),
        "twins": _without_twins(outcome, twin, labels),
        "people": people(own, labels, seed=seed),
    }


def _without_twins(outcome: Outcome, twin: Flags, labels: Sequence[str]) -> dict[str, Any]:
    """Count the units whose sentence was learned from, too, and score without them."""
    left = measures.tally(outcome.truth[~twin], outcome.guess[~twin])
    score = float(measures.summary(left, labels)["macro_f1"]) if (~twin).any() else None
    return {"units": int(twin.sum()), "macro_f1_without": score}


def people(tests: Sequence[Panel], labels: Sequence[str], *, seed: int) -> dict[str, Any] | None:
    """Score single annotators against what most of the others said; None where no two labelled the same unit.

    A unit on which the others tie tells nothing of the one who is compared with them.
    """
    pairs = [
        (answer, others, one.example.group)
        for one in tests
        for place, answer in enumerate(one.answers)
        if (others := consensus([*one.answers[:place], *one.answers[place + 1 :]])) is not None
    ]
    if not pairs:
        return None
    truth = flags_of([others for _, others, _ in pairs], labels)
    guess = flags_of([answer for answer, _, _ in pairs], labels)
    groups = [group for _, _, group in pairs]
    plain = measures.summary(measures.tally(truth, guess), labels)
    drawn = measures.resampled(truth, guess, groups=groups, seed=seed, draws=DRAWS)
    return {
        "units": sum(len(one.answers) > 1 for one in tests),
        "scores": {name: float(value) for name, value in plain.items()},
        "per_label": measures.per_label(truth, guess, labels),
        "intervals": measures.intervals(drawn, labels),
    }
