"""Search a project: the sentences that meet all criteria, in reading order, as many as a page or a queue needs.

Texts are streamed a few documents at a time and words are compared here, not in the database, whose comparisons know
ASCII only on SQLite and differ by locale on PostgreSQL. What was said about a sentence is asked of the database, and
only what the person may see. A walk through the project ends after a while and says where it can be taken up again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Document, Project, Speaker, Turn, Unit
from annotator.errors import InvalidInputError
from annotator.services import sighted_targets, unsureness
from annotator.services.criteria import Criteria
from annotator.services.given import Sight, acts_that_count, units_given
from annotator.services.masks import Curtain
from annotator.services.suggesting import Shelf
from annotator.text.folding import fold
from annotator.text.mentions import MentionFinder
from annotator.text.queries import read_query
from annotator.words import say

#: Sentences a walk finds before it rests, and those that a queue can have.
MOST = 1_000
MOST_IN_QUEUE = 10_000
#: Characters a walk looks through before it rests: some half a second's work.
MOST_CHARACTERS = 40_000_000
#: Documents read at a time; fewer where they are long, so that memory stays flat.
CHUNK, CHUNK_CHARACTERS = 100, 1_000_000
SCORED_AT_ONCE = 500


class Spot(NamedTuple):
    """A place in the project: a document's position, and a unit's in it."""

    document: int = 0
    unit: int = 0


@dataclass(slots=True)
class Walk:
    """What a walk has found: units with their spots; ``rest`` is where to go on if it ended early."""

    found: list[tuple[Spot, int]] = field(default_factory=list)
    rest: Spot | None = None
    characters: int = 0
    scored: int = 0


def walk(
    session: Session,
    project: Project,
    criteria: Criteria,
    sight: Sight,
    *,
    shelf: Shelf,
    start: Spot | None = None,
    most: int = MOST,
    masked: Collection[str] = (),
) -> Walk:
    """Go through the project from a spot and collect what meets the criteria, as far as ``masked`` lets it be read.

    Raises
    ------
    InvalidInputError
        If the criteria name a target or classifier that is not there for this person.
    """
    made = Walk()
    if not criteria:
        return made
    search = _Search(session, project, criteria, sight, shelf, Curtain(session, masked))
    for spot, unit_id in search.units(start or Spot(), made, most=most):
        if len(made.found) >= most or search.is_tired(made):
            made.rest = spot
            break
        if unit_id is not None:
            made.found.append((spot, unit_id))
    return made


class _Search:
    """One search under way; knows how to tell whether a sentence is meant."""

    def __init__(
        self, session: Session, project: Project, criteria: Criteria, sight: Sight, shelf: Shelf, curtain: Curtain
    ) -> None:
        self._session = session
        self._project = project
        self._curtain = curtain
        self._query = read_query(criteria.words)
        self._target, self._finder, self._aliases = _finder(session, project, criteria, sight)
        self._scorer = unsureness.scorer(session, shelf, project, criteria.unsure, sight) if criteria.unsure else None
        self._narrow = _conditions(session, project, criteria, sight)
        self._conditions = [*self._narrow, *_labelled(project, criteria, sight)]

    @property
    def _reads(self) -> bool:
        return bool(self._query or self._target or self._scorer)

    def is_tired(self, made: Walk) -> bool:
        """Tell whether the walk has looked at enough."""
        return made.characters > MOST_CHARACTERS or made.scored >= unsureness.MOST_SCORED

    def units(self, start: Spot, made: Walk, *, most: int) -> Iterator[tuple[Spot, int | None]]:
        """Yield what is found with its spot; None where a walk may rest without having found something."""
        if not self._reads:
            yield from self._from_database(start, most)
            return
        for documents in self._documents(start):
            units = self._units([row.id for row in documents if self._may_match(row.text)])
            for row in documents:
                made.characters += len(row.text)
                here = units.get(row.id, [])
                if row.position == start.document:
                    here = [unit for unit in here if unit.position >= start.unit]
                yield from self._hits(row, here, made)
                yield Spot(row.position + 1), None

    def _hits(self, row: Any, units: Sequence[Any], made: Walk) -> Iterator[tuple[Spot, int | None]]:
        """Yield what meets the criteria in a document's texts; a classifier is asked about many sentences at once."""
        text = row.text
        read = [(unit, self._curtain.shown(row.id, text[unit.start : unit.end])) for unit in units]
        meant = [(unit, sentence) for unit, sentence in read if self._is_meant(sentence)]
        for first in range(0, len(meant), SCORED_AT_ONCE):
            batch = meant[first : first + SCORED_AT_ONCE]
            flags = [True] * len(batch)
            if self._scorer:
                flags = self._scorer.are_unsure([sentence for _, sentence in batch])
                made.scored += len(batch)
            for (unit, _), is_wanted in zip(batch, flags, strict=True):
                yield Spot(row.position, unit.position), unit.id if is_wanted else None

    def _from_database(self, start: Spot, most: int) -> Iterator[tuple[Spot, int]]:
        spot = (Document.position, Unit.position)
        query = (
            select(Unit.id, *spot)
            .join(Document, Document.id == Unit.document_id)
            .where(*self._everywhere(), _from(start))
            .order_by(*spot)
            .limit(most + 1)
        )
        for number, document, unit in self._session.execute(query):
            yield Spot(document, unit), number

    def _everywhere(self) -> list[ColumnElement[bool]]:
        return [
            Document.project_id == self._project.id,
            ~Document.is_pending,
            *self._offered(),
        ]

    def _offered(self) -> list[ColumnElement[bool]]:
        return [Unit.kind == "sentence", Unit.withdrawn_at.is_(None), *self._conditions]

    def _documents(self, start: Spot) -> Iterator[Sequence[Any]]:
        """Yield documents with their texts, some at a time."""
        texts = select(Document.id, Document.position, Document.text).order_by(Document.position)
        ids = self._documents_in_question(start)
        at, size = 0, CHUNK
        while at < len(ids):
            rows = self._session.execute(texts.where(Document.id.in_(ids[at : at + size]))).all()
            yield rows
            at += size
            characters = sum(len(row.text) for row in rows)
            size = max(1, min(CHUNK, size * CHUNK_CHARACTERS // max(characters, 1)))

    def _documents_in_question(self, start: Spot) -> Sequence[int]:
        """Return the documents to be read: where something must have been said or somebody must speak, only those."""
        chosen = [Document.project_id == self._project.id, ~Document.is_pending, Document.position >= start.document]
        if self._scorer:
            # Reserved documents are labelled unassisted, and a sample chosen by a classifier would be none.
            chosen.append(Document.is_reserved.is_not(True))
        if self._narrow:
            chosen.append(Document.id.in_(select(Unit.document_id).where(*self._narrow)))
        return self._session.scalars(select(Document.id).where(*chosen).order_by(Document.position)).all()

    def _units(self, document_ids: list[int]) -> dict[int, list[Any]]:
        query = (
            select(Unit.document_id, Unit.id, Unit.position, Unit.start, Unit.end)
            .where(Unit.document_id.in_(document_ids), *self._offered())
            .order_by(Unit.document_id, Unit.position)
        )
        found: dict[int, list[Any]] = {}
        for unit in self._session.execute(query).all() if document_ids else ():
            found.setdefault(unit[0], []).append(unit)
        return found

    def _may_match(self, text: str) -> bool:
        if self._query and not self._query.may_match(text):
            return False
        if not self._target:
            return True
        folded = fold(text)
        return any(alias in folded for alias in self._aliases)

    def _is_meant(self, sentence: str) -> bool:
        if self._query and not self._query.matches(sentence):
            return False
        return not self._target or any(mention.key == self._target for mention in self._finder.find(sentence))


def _finder(
    session: Session, project: Project, criteria: Criteria, sight: Sight
) -> tuple[str, MentionFinder[str], tuple[str, ...]]:
    """Return the target to be named, what finds it as on the labelling page, and a part of each of its names."""
    targets = sighted_targets.targets_in_sight(session, project.id, sight.seat)
    if criteria.target and criteria.target not in {uuid for uuid, _, _ in targets}:
        raise InvalidInputError(say("There is no such target in this project; choose another."))
    if not criteria.names_target:
        return "", MentionFinder([]), ()
    names = next((name, *aliases) for uuid, name, aliases in targets if uuid == criteria.target)
    # White space in a name stands for any: its longest word will do for a first look.
    parts = tuple(max(fold(name).split(), key=len) for name in names if fold(name).split())
    return criteria.target, sighted_targets.finder(targets), parts


def _conditions(session: Session, project: Project, criteria: Criteria, sight: Sight) -> list[ColumnElement[bool]]:
    """Return what must be there: few documents have such units."""
    found: list[ColumnElement[bool]] = [
        Unit.id.in_(units_given(session, project.id, given, sight)) for given in criteria.given()
    ]
    if criteria.speaker:
        said = select(Turn.id).join(Speaker, Speaker.id == Turn.speaker_id)
        said = said.where(Speaker.project_id == project.id, Speaker.name == criteria.speaker)
        found.append(Unit.turn_id.in_(said))
    return found


def _labelled(project: Project, criteria: Criteria, sight: Sight) -> list[ColumnElement[bool]]:
    wanted = criteria.labelled
    if not wanted:
        return []
    conditions = [Annotation.project_id == project.id, Annotation.act == "answer"]
    if wanted.endswith("by-me"):
        conditions.append(Annotation.annotator_id == (sight.seat.annotator_id if sight.seat else None))
    has_label = Unit.id.in_(acts_that_count(sight, *conditions))
    return [~has_label if wanted.startswith("no") else has_label]


def _from(start: Spot) -> ColumnElement[bool]:
    after = and_(Document.position == start.document, Unit.position >= start.unit)
    return or_(Document.position > start.document, after)
