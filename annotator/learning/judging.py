"""What a classifier makes of many sentences at once, as arrays: nothing is put together sentence by sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # NumPy and SciPy are imported with the first classifier, not with this module
    from annotator.learning.classifier import Classifier, Mentions
    from annotator.learning.scoring import Flags, Floats


@dataclass(frozen=True, slots=True)
class Judged:
    """Sentences toward one target, or None: ``probabilities`` and ``chosen`` have a row each, a column per label."""

    target: str | None
    labels: tuple[str, ...]
    probabilities: "Floats"
    chosen: "Flags"


def judge(classifier: "Classifier", texts: Sequence[str]) -> list[Judged]:
    """Give each task's probabilities and suggested labels; they are those of `Classifier.suggest`.

    Parameters
    ----------
    texts : sequence of str
        May be empty and in any script; an empty text gets what the classifier says before it has seen a word.

    Returns
    -------
    list of Judged
        One for each task, in the classifier's order: one alone, but for stance one for each target.
    """
    from annotator.learning.scoring import chosen, decide, probabilities

    numbers = classifier.numbers
    scores = decide(classifier.features, numbers, texts)
    judged = []
    for task in classifier.tasks:
        found = probabilities(task, numbers, scores)
        judged.append(Judged(task.target, task.labels, found, chosen(task, numbers.thresholds, found)))
    return judged


def judge_mentioned(
    classifier: "Classifier", texts: Sequence[str], mentions: "Sequence[Mentions]"
) -> list[tuple[list[int], Judged]]:
    """Judge targets with few labels of their own where sentences name them; what `Classifier.suggest` says.

    Returns
    -------
    list of (list of int, Judged)
        For each such target, in the order of the first mention: the places of the sentences that name it, and a row
        for each of them. Empty where the classifier does not judge such targets.
    """
    places: dict[str, list[int]] = {}
    named = []
    for place, (text, those) in enumerate(zip(texts, mentions, strict=True)):
        for one in classifier.strangers(text, None, those):
            places.setdefault(str(one.target), []).append(place)
            named.append(one)
    if classifier.mentioned is None or not named:
        return []
    found, picked = classifier.mentioned.judge(named)
    labels = classifier.mentioned.task.labels
    of = [one.target for one in named]
    rows = {target: [row for row, other in enumerate(of) if other == target] for target in places}
    return [(own, Judged(target, labels, found[rows[target]], picked[rows[target]])) for target, own in places.items()]
