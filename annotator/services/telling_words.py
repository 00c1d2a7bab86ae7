"""The words that tell a label, all in all: each with what it weighs, and sentences in which it stands."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from annotator.db import Document, Project, Unit
from annotator.errors import NotFoundError
from annotator.services import codebooks, reviewing, suggesting
from annotator.services.listed_units import listed_units
from annotator.services.masked_names import MaskedNames
from annotator.services.masks import Curtain
from annotator.services.shortfalls import label_name
from annotator.words import say

SIDES = ("for", "against")
SENTENCES = 2
#: Sentences looked through for those in which the words stand, so many at a time and in all.
AT_ONCE, MOST_READ = 500, 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence in which a word stands; ``pieces`` are its text, cut where the word begins and ends."""

    unit: str
    document: str
    title: str | None
    language: str | None
    position: int
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or two neighbours, with its coefficient; ``is_masked`` where it would give a masked name away."""

    text: str
    weight: float
    is_masked: bool
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWords:
    """What speaks for a label and what against it, the strongest first."""

    number: int
    question: str
    label: str
    target: str | None
    speaks_for: tuple[Word, ...]
    speaks_against: tuple[Word, ...]
    #: The other labels of the same target or question, with their names.
    labels: tuple[tuple[str, str], ...]

    @property
    def strongest(self) -> float:
        """The largest weight, to draw the others beside it."""
        return max((abs(word.weight) for word in (*self.speaks_for, *self.speaks_against)), default=1.0)


def read_words(
    session: Session, project: Project, number: int, label: str, *, target: str | None, masked: Collection[str] = ()
) -> LabelWords:
    """Return what tells a label of a classifier, masked as the person's project is.

    Nothing of the reserved documents is read.

    Raises
    ------
    NotFoundError
        If there is no such classifier, or it does not know the label toward this target.
    """
    question_id, row = suggesting.find_classifier(session, project, number)
    task = next((one for one in row.card["tasks"] if one["target"] == target and label in one["labels"]), None)
    question = codebooks.published(session, project.id, row.card["codebook"]).codebook.question(question_id)
    if task is None or question is None:
        raise NotFoundError(say("Classifier {number} does not know this label.", number=number))
    told = task.get("telling", {}).get(label, {})
    names = MaskedNames(session, project.id) if "names" in masked else None
    weights = {side: [(word, weight) for word, weight in told.get(side, ()) if _is_told(word)] for side in SIDES}
    wanted = [word for some in weights.values() for word, _ in some if not (names and names.hides(word))]
    found = _sentences(session, project.id, wanted, Curtain(session, masked))
    sides = {
        side: tuple(
            Word(word, weight, names is not None and names.hides(word), tuple(found.get(word, ())))
            for word, weight in some
        )
        for side, some in weights.items()
    }
    return LabelWords(
        number=number,
        question=question.name,
        label=label_name(question, label),
        target=None if target is None else reviewing.target_names(session, project.id).get(target, target),
        speaks_for=sides[SIDES[0]],
        speaks_against=sides[SIDES[1]],
        labels=tuple((one, label_name(question, one)) for one in task["labels"]),
    )


def _is_told(word: str) -> bool:
    """Leave out a word with the mark beside it, which says no more than the word; a mark alone may tell something."""
    parts = word.split()
    return len(parts) == 1 or all(part[0].isalnum() for part in parts)


def _sentences(
    session: Session, project_id: int, words: Collection[str], curtain: Curtain
) -> dict[str, list[Sentence]]:
    """Find sentences for each word, from different documents."""
    patterns = {word: _pattern(word) for word in words}
    found: dict[str, list[Sentence]] = {word: [] for word in patterns}
    for offset in range(0, MOST_READ, AT_ONCE):
        rows = session.execute(_units(project_id).offset(offset)).all()
        for row in rows:
            lowered = row.text.lower()
            for word, pattern in patterns.items():
                if len(found[word]) < SENTENCES and word.split()[0] in lowered:
                    _add(found[word], row, pattern, curtain)
        if len(rows) < AT_ONCE or all(len(some) == SENTENCES for some in found.values()):
            break
    return found


def _add(found: list[Sentence], row: Any, pattern: re.Pattern[str], curtain: Curtain) -> None:
    if any(one.document == row.document for one in found):
        return
    pieces = _pieces(curtain.shown(row.document_id, row.text), pattern)
    if len(pieces) > 1 or (pieces and pieces[0][1]):
        found.append(
            Sentence(
                unit=row.external_id, document=row.document,
                title=curtain.shown(row.document_id, row.title) if row.title else None,
                language=row.language, position=row.position + 1, pieces=pieces,
            )
        )  # fmt: skip


def _pattern(word: str) -> re.Pattern[str]:
    """Return what finds a word, or two neighbours, as classifiers count them."""
    whole = r"\s*".join(re.escape(part) for part in word.split())
    start = r"(?<!\w)" if word[0].isalnum() else ""
    return re.compile(start + whole + (r"(?!\w)" if word[-1].isalnum() else ""), re.IGNORECASE)


def _pieces(text: str, pattern: re.Pattern[str]) -> tuple[tuple[str, bool], ...]:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for match in pattern.finditer(text):
        pieces += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    return tuple((piece, is_lit) for piece, is_lit in [*pieces, (text[at:], False)] if piece)


def _units(project_id: int) -> Select[Any]:
    return (
        listed_units()
        .where(
            Document.project_id == project_id,
            ~Document.is_pending,
            Document.is_reserved.is_not(True),
            Unit.kind == "sentence",
            Unit.withdrawn_at.is_(None),
        )
        .order_by(Document.order_key, Unit.position)
        .limit(AT_ONCE)
    )
