"""The questions of all versions of a codebook in one list: the newest wording, with every label that was ever asked."""

from dataclasses import dataclass, replace

from annotator.codebook.values import Codebook, Label, Question
from annotator.services.succession import Succession


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its number and those of its labels, in the question's order."""

    number: int
    question: Question
    label_numbers: tuple[int, ...]
    #: Whether the newest version still asks it.
    is_current: bool


def asked_questions(versions: Succession) -> tuple[Asked, ...]:
    """Return every question of every version, those that are still asked first.

    A retired label keeps its place after the label it followed, so that scales stay in order.
    """
    known = versions.known
    return tuple(
        Asked(
            number=known.questions[question.id],
            question=question,
            label_numbers=tuple(known.labels[question.id, label.id] for label in question.labels),
            is_current=is_current,
        )
        for question, is_current in _merged([edition.codebook for edition in reversed(versions.editions)])
    )


def _merged(versions: list[Codebook]) -> list[tuple[Question, bool]]:
    """Return the questions of versions, newest first, each with all its labels."""
    found: dict[str, Question] = {}
    for codebook in versions:
        for question in codebook.questions:
            newer = found.get(question.id)
            labels = question.labels if newer is None else _with_older(newer.labels, question.labels)
            found[question.id] = replace(newer or question, labels=labels)
    current = {question.id for codebook in versions[:1] for question in codebook.questions}
    return [(question, question.id in current) for question in found.values()]


def _with_older(newer: tuple[Label, ...], older: tuple[Label, ...]) -> tuple[Label, ...]:
    merged = list(newer)
    for position, label in enumerate(older):
        ids = [one.id for one in merged]
        if label.id not in ids:
            before = [ids.index(one.id) for one in older[:position] if one.id in ids]
            merged.insert(before[-1] + 1 if before else 0, label)
    return tuple(merged)
