"""When there are enough labels to suggest, and when a suggestion stops being early (design: "Suggest only if")."""

from collections import Counter
from collections.abc import Iterable, Sequence

from annotator.learning.values import Example, QuestionType, Shortage

#: Examples of each of two labels (of `choices`: with and without the label) before anything is suggested.
EXAMPLES_NEEDED = 5
LABELS_NEEDED = 2
#: Labelled units, and units in each of two classes, before a suggestion stops being early.
SETTLED_UNITS = 50
SETTLED_CLASS = 10
#: Targets named in labelled sentences before anything can be said about one more.
TARGETS_NEEDED = 3


def shortages(
    question_type: QuestionType,
    examples: Sequence[Example],
    *,
    labels: Sequence[str] = (),
    targets: Sequence[str] = (),
) -> list[Shortage]:
    """Say what is missing before the first suggestion; an empty list when nothing is.

    `choice` and `scale` need five examples of each of two labels, `stance` the same for each target, and `choices`
    five examples with and five without each label.
    """
    if question_type == "choices":
        return _missing_for_labels(examples, labels or _labels_of(examples))
    named = targets or list(dict.fromkeys(example.target for example in examples if example.target))
    wanted: list[str | None] = list(named) if question_type == "stance" else [None]
    return [missing for target in wanted for missing in _missing_for_target(examples, target)]


def kept_labels(counts: Counter[str], order: Iterable[str]) -> list[str]:
    """Labels with enough examples to be suggested, in the codebook's order, then in order of appearance."""
    return [label for label in dict.fromkeys([*order, *counts]) if counts[label] >= EXAMPLES_NEEDED]


def is_settled(class_sizes: Sequence[int], units: int) -> bool:
    """Whether there are 50 labelled units with at least ten in each of two classes."""
    return units >= SETTLED_UNITS and sum(size >= SETTLED_CLASS for size in class_sizes) >= LABELS_NEEDED


def may_learn_from_others(examples: Sequence[Example]) -> bool:
    """Whether stances toward all targets together may be enough to judge one that has no labels of its own."""
    sizes = Counter(label for example in examples for label in example.labels)
    return len({one.target for one in examples}) >= TARGETS_NEEDED and is_settled(list(sizes.values()), len(examples))


def is_always_given(question_type: QuestionType, examples: Sequence[Example]) -> bool:
    """Whether at least one label holds for any unit though several may: fifty units have one, and none is without."""
    return question_type == "choices" and len(examples) >= SETTLED_UNITS and all(one.labels for one in examples)


def _missing_for_target(examples: Sequence[Example], target: str | None) -> list[Shortage]:
    own = [example for example in examples if target is None or example.target == target]
    counts = Counter(label for example in own for label in example.labels)
    two: list[tuple[str | None, int]] = [*counts.most_common(LABELS_NEEDED)]
    two += [(None, 0)] * (LABELS_NEEDED - len(two))
    return [Shortage(target, label, have, EXAMPLES_NEEDED) for label, have in two if have < EXAMPLES_NEEDED]


def _missing_for_labels(examples: Sequence[Example], labels: Sequence[str]) -> list[Shortage]:
    counts = Counter(label for example in examples for label in set(example.labels))
    rarer = [_rarer_side(label, counts[label], len(examples) - counts[label]) for label in labels]
    return [missing for missing in rarer if missing.have < missing.need]


def _rarer_side(label: str, given: int, left: int) -> Shortage:
    if left < given:
        return Shortage(None, label, left, EXAMPLES_NEEDED, side="without")
    return Shortage(None, label, given, EXAMPLES_NEEDED)


def _labels_of(examples: Sequence[Example]) -> list[str]:
    return list(dict.fromkeys(label for example in examples for label in example.labels))
