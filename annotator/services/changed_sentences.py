"""What changed from one classifier to the other: the sentences about which they differ."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, true
from sqlalchemy.orm import Session

from annotator.codebook.values import Question
from annotator.db import Assignment, Classifier, Document, Project, Unit
from annotator.errors import InvalidInputError
from annotator.learning.classifier import Mentions
from annotator.learning.values import Suggested
from annotator.services import codebooks, reviewing, sighted_targets, visibility
from annotator.services.card_comparisons import UNREADABLE, pair
from annotator.services.listed_units import listed_units
from annotator.services.masks import Curtain
from annotator.services.seats import find_seat
from annotator.services.shortfalls import label_name
from annotator.services.sighted_targets import Naming
from annotator.services.suggesting import Shelf
from annotator.words import say

#: Differences on a page, sentences asked about at a time, and sentences asked about for a page at most.
ON_A_PAGE = 25
AT_ONCE = 250
MOST_ASKED = 2_000


@dataclass(frozen=True, slots=True)
class Side:
    """What one classifier says: labels, none for *none of them*, and the probability of the first it leans to."""

    labels: tuple[str, ...]
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A sentence (and a target) about which they differ."""

    unit: str
    document: str
    title: str | None
    position: int
    text: str
    language: str | None
    target: str | None
    first: Side
    second: Side


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of differences; ``after`` is where to go on, None at the end; ``asked`` counts the sentences looked at."""

    rows: tuple[Changed, ...]
    asked: int
    after: int | None
    #: Only sentences that wait for nobody's label are told of.
    is_limited: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """Both classifiers, the question as it was for either, and what finds the targets that may be known."""

    classifiers: tuple[Any, Any]
    questions: tuple[Question, Question]
    naming: Naming | None
    names: dict[str, str]

    def mentions(self, texts: Sequence[str]) -> list[Mentions]:
        """Return where sentences name targets that may be known."""
        return [self.naming.places(text) if self.naming else {} for text in texts]

    def differences(self, text: str, found: tuple[Sequence[Suggested], Sequence[Suggested]]) -> Iterator[Any]:
        """Yield each target named in a sentence (or None), with both sides, where they differ."""
        first, second = ({one.target: one for one in some} for some in found)
        named = None if self.naming is None else self.naming.places(text).keys()
        for target, one in first.items():
            other = second.get(target)
            if other is not None and set(one.chosen) != set(other.chosen) and (named is None or target in named):
                yield target, self._side(one, 0), self._side(other, 1)

    def _side(self, suggested: Suggested, which: int) -> Side:
        names = tuple(label_name(self.questions[which], label) for label in suggested.chosen)
        return Side(names, suggested.labels[0].probability)


def read_changes(
    session: Session, shelf: Shelf, project: Project, first: int, second: int, *, user_id: int, after: int = 0,
    masked: Collection[str] = (),
) -> Changes:  # fmt: skip
    """Return sentences about which two classifiers differ, in the order of the import.

    Nothing of the reserved documents, which stay untouched by any suggestion. Who labels here is told of no sentence
    that still waits for a label: they would learn what a classifier thinks before they say what they think.

    Raises
    ------
    NotFoundError
        If there is no classifier of these numbers.
    InvalidInputError
        If they answer different questions, or one of them cannot be read.
    """
    question, *rows = pair(session, project, first, second)
    asked = _asked(session, shelf, project, question, rows, user_id)
    is_limited = visibility.labels_here(session, project, user_id)
    waits = _waits_for_nobody() if is_limited else true()
    curtain = Curtain(session, masked)
    found: list[Changed] = []
    looked = 0
    while looked < MOST_ASKED:
        units = session.execute(_units(project.id, after, waits)).all()
        texts = [unit.text for unit in units]
        places = asked.mentions(texts)
        both = [one.suggest_many(texts, mentions=places) for one in asked.classifiers] if texts else [[], []]
        for unit, *sides in zip(units, *both, strict=True):
            looked, after = looked + 1, unit.id
            found += [_changed(unit, curtain, asked, *difference) for difference in
                      asked.differences(unit.text, (sides[0], sides[1]))]  # fmt: skip
            if len(found) >= ON_A_PAGE:
                return Changes(tuple(found), looked, after, is_limited)
        if len(units) < AT_ONCE:
            return Changes(tuple(found), looked, None, is_limited)
    return Changes(tuple(found), looked, after, is_limited)


def _asked(
    session: Session, shelf: Shelf, project: Project, question: str, rows: Sequence[Classifier], user_id: int
) -> _Asked:
    try:
        classifiers = tuple(shelf.get(project, row) for row in rows)
    except InvalidInputError as error:
        raise InvalidInputError(UNREADABLE) from error
    questions = []
    for row in rows:
        found = codebooks.published(session, project.id, row.card["codebook"]).codebook.question(question)
        if found is None:
            raise InvalidInputError(say("The question is in no codebook any more."))
        questions.append(found)
    naming = None
    if questions[0].type == "stance":
        naming = sighted_targets.naming(session, project.id, find_seat(session, project, user_id))
    names = reviewing.target_names(session, project.id)
    return _Asked((classifiers[0], classifiers[1]), (questions[0], questions[1]), naming, names)


def _changed(unit: Any, curtain: Curtain, asked: _Asked, target: str | None, first: Side, second: Side) -> Changed:
    return Changed(
        unit=unit.external_id,
        document=unit.document,
        title=curtain.shown(unit.document_id, unit.title) if unit.title else None,
        position=unit.position + 1,
        text=curtain.shown(unit.document_id, unit.text),
        language=unit.language,
        target=None if target is None else asked.names.get(target, target),
        first=first,
        second=second,
    )


def _waits_for_nobody() -> ColumnElement[bool]:
    return ~exists().where(Assignment.unit_id == Unit.id, Assignment.state.in_(("open", "claimed")))


def _units(project_id: int, after: int, condition: ColumnElement[bool]) -> Select[Any]:
    return (
        listed_units()
        .where(
            Unit.project_id == project_id,
            Unit.id > after,
            Unit.kind == "sentence",
            Unit.withdrawn_at.is_(None),
            ~Document.is_pending,
            Document.is_reserved.is_not(True),
            condition,
        )
        .order_by(Unit.id)
        .limit(AT_ONCE)
    )
