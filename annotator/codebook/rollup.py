"""Frames that are measured by several yes/no items: a frame's value is the share of its items given."""

from collections import Counter
from collections.abc import Collection

from annotator.codebook.values import Question


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
