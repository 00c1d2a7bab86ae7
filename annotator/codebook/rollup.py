"""Frames that are measured by several yes/no items: a frame's value is the share of its items given."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from annotator.codebook.values import Label, Question


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with its items and its value; without a name, the labels that belong to no frame."""

    name: str | None
    labels: tuple[Label, ...]
    value: float


def has_frames(question: Question) -> bool:
    """Tell whether a question has items that roll up into frames."""
    return question.type == "choices" and any(label.frame for label in question.labels)


def frames_of(question: Question, given: Collection[str]) -> list[Frame]:
    """Return a question's frames in the order of their first items; what belongs to none comes last.

    ``given`` holds ids or names of labels; those the question does not have (any more) play no part.
    """
    values = frame_values(question, {word for word in given if question.label(word)})
    groups: dict[str | None, list[Label]] = {frame: [] for frame in values}
    for label in question.labels:
        groups.setdefault(label.frame or None, []).append(label)
    return [Frame(name, tuple(labels), values.get(name or "", 0.0)) for name, labels in groups.items()]


def frame_values(question: Question, given: Collection[str]) -> dict[str, float]:
    """Return each frame's share of items given, from 0 to 1, in the order of the question's labels.

    ``given`` holds ids or names of the labels given; labels that belong to no frame play no part.
    Raises ValueError for a label the question does not have.
    """
    labels = {word: question.label(word) for word in given}
    if unknown := sorted(word for word, label in labels.items() if label is None):
        raise ValueError(f"question {question.id} has no label {', '.join(unknown)}")
    items = Counter(label.frame for label in question.labels if label.frame)
    # A set: an item named by its id and by its name is one item.
    answered = Counter(label.frame for label in {label for label in labels.values() if label} if label.frame)
    return {frame: answered[frame] / count for frame, count in items.items()}
