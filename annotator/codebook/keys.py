"""Which key gives which label: one keyboard serves all questions about the same kind of unit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from annotator.codebook.values import Label, Question

#: The commands of the labelling page and their keys, in the order in which they are listed.
COMMANDS = {
    "save": "Enter",
    "next-target": "Tab",
    "add-target": "t",
    "holder": "h",
    "second-holder": "H",
    "words": "w",
    "none": "-",
    "skip": "s",
    "undo": "u",
    "back": "Backspace",
    "comment": "c",
    "flag": "!",
    "guidelines": "g",
    "keys": "?",
}
#: Keys the labelling page keeps for itself; no label of a codebook may have one of them.
COMMAND_KEYS = tuple(key for key in COMMANDS.values() if key not in ("H", "Backspace"))
NONE_KEY = "0"
STANCE_KEYS = {"favor": "f", "against": "a", "neither": "n", "unclear": "x"}
_ORDER = "123456789" + "".join(letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in COMMAND_KEYS)


def assign_keys(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Give a key to every label that has none, as long as there are free ones.

    Keys in the file stay. *None* gets 0, stance its usual letters, all others the digits from 1, then letters;
    no key serves two labels on one page. The same questions always get the same keys.
    """
    keyed = list(questions)
    for unit in dict.fromkeys(question.unit for question in questions):
        places = [index for index, question in enumerate(keyed) if question.unit == unit]
        for index, question in zip(places, _assign_on_page([keyed[index] for index in places]), strict=True):
            keyed[index] = question
    return tuple(keyed)


def _assign_on_page(questions: Sequence[Question]) -> Iterator[Question]:
    """Yield the questions of one page with keys."""
    taken = {label.key for question in questions for label in question.labels if label.key}
    # Customary keys go first, so that a question further up cannot take them.
    customary = [[_with_customary_key(question, label, taken) for label in question.labels] for question in questions]
    free = (key for key in _ORDER if key not in taken)
    for question, labels in zip(questions, customary, strict=True):
        yield replace(question, labels=tuple(_with_next_key(labels, free)))


def _with_customary_key(question: Question, label: Label, taken: set[str]) -> Label:
    """Return the label with the key it has by custom, if that is free."""
    key = NONE_KEY if label.exclusive else STANCE_KEYS.get(label.name) if question.type == "stance" else None
    if label.key or key is None or key in taken:
        return label
    taken.add(key)
    return replace(label, key=key)


def _with_next_key(labels: Iterable[Label], free: Iterator[str]) -> Iterator[Label]:
    """Yield the labels, those without a key with the next free one."""
    for label in labels:
        yield label if label.key else replace(label, key=next(free, None))
