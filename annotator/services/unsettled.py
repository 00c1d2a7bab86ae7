"""The queue of adjudication: what needs a decision, filtered and in order, and what has been decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Annotator, Answer, CurrentAnnotation, Document, Project, Unit
from annotator.services import disputes, doubts, gold, identities, relabelling, reviewing, visibility
from annotator.services.disputes import Dispute, Memory, Topic, Voices
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.identities import Identities
from annotator.services.listed_units import listed_units
from annotator.services.masks import Curtain
from annotator.services.reviewing import Labelled

#: Decisions on a page of the list.
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which disputes are asked for: all that is said must be met by one topic; empty does not matter.

    ``label`` is ``question:label``, ``target`` a UUID, ``document`` an external id; ``annotator`` and ``other`` are
    codes: one alone must take part, both must differ from each other.
    """

    question: str = ""
    target: str = ""
    label: str = ""
    annotator: str = ""
    other: str = ""
    document: str = ""
    flagged: bool = False
    skipped: bool = False
    #: Of what people agree on or said alone, what is in doubt: "unlikely" or "twin"; empty for disagreements.
    why: str = ""
    late: bool = False
    #: "text", or "disputed" for the most disputed first.
    order: str = "text"

    def as_dict(self) -> dict[str, Any]:
        """Return what is asked, as parts of an address."""
        given = asdict(self) | {name: "y" for name in ("flagged", "skipped", "late") if getattr(self, name)}
        return {name: value for name, value in given.items() if value and (name, value) != ("order", "text")}


@dataclass(frozen=True, slots=True)
class Queue:
    """Units that wait for a decision, in order, and how many of those that needed one have it."""

    waiting: tuple[Dispute, ...]
    settled: int

    def after(self, unit: str | None) -> str | None:
        """Return the unit to decide next: the one behind ``unit``, else the first that waits."""
        names = [one.unit for one in self.waiting]
        if unit in names:
            at = names.index(unit)
            return next(iter([*names[at + 1 :], *names[:at]]), None)
        return names[0] if names else None

    def place_of(self, unit: str) -> int | None:
        """Return the how-manieth a unit is, from 1 on."""
        return next((number for number, one in enumerate(self.waiting, 1) if one.unit == unit), None)


def read_queue(session: Session, project: Project, user_id: int, filters: Filters, memory: Memory) -> Queue:
    """Return what waits for a decision and may be seen by somebody who adjudicates."""
    visible = visibility.reviewable_annotations(session, project, user_id)
    meets = _Test(session, project, filters)
    if filters.why:
        doubted = doubts.find_doubts(session, project.id, visible, filters.why)
        return Queue(tuple(_in_order(filter(meets, doubted), filters.order)), settled=0)
    found = disputes.find_disputes(session, project.id, visible, memory)
    anew = set(session.scalars(relabelling.gold_to_give_anew(session, project.id).where(visible)))
    found |= {one.unit_id: one for one in disputes.undisputed(session, anew - found.keys())} if anew else {}
    found |= {unit: replace(found[unit], is_anew=True) for unit in anew}
    chosen = [one for one in found.values() if meets(one)]
    decided = _decided(session, project.id) - anew
    waiting = [one for one in chosen if one.unit_id not in decided]
    return Queue(tuple(_in_order(waiting, filters.order)), settled=len(chosen) - len(waiting))


def following(session: Session, queue: Queue, project: Project, unit: str, *, order: str) -> str | None:
    """Return the unit that comes after one that was just decided and is in the queue no more."""
    if order == "disputed" or queue.place_of(unit) is not None:
        return queue.after(unit)
    row = session.execute(
        select(Document.position, Unit.kind, Unit.position.label("number"))
        .join(Document, Document.id == Unit.document_id)
        .where(Unit.project_id == project.id, Unit.external_id == unit)
    ).one()
    here = (row.position, row.kind == "document", row.number)
    return next((one.unit for one in queue.waiting if one.place > here), queue.after(None))


def _in_order(found: Iterable[Dispute], order: str) -> list[Dispute]:
    if order == "disputed":
        return sorted(found, key=lambda one: (-one.weight, one.place))
    return sorted(found, key=lambda one: one.place)


def _decided(session: Session, project_id: int) -> set[int]:
    query = (
        select(CurrentAnnotation.unit_id)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(CurrentAnnotation.kind == gold.GOLD, Annotation.project_id == project_id)
    )
    return set(session.scalars(query))


class _Test:
    """Tells whether a dispute is asked for; names become the numbers of the database once."""

    def __init__(self, session: Session, project: Project, filters: Filters) -> None:
        self._filters = filters
        if not (filters.question or filters.target or filters.label or filters.annotator or filters.other):
            self._about = None
            return
        known = identities.identities(session, project.id)
        codes = select(Annotator.code, Annotator.id).where(
            Annotator.project_id == project.id, Annotator.code.in_([filters.annotator, filters.other])
        )
        self._about = _About.of(filters, known, dict(session.execute(codes).all()))

    def __call__(self, dispute: Dispute) -> bool:
        asked = self._filters
        if asked.document not in ("", dispute.document):
            return False
        wanted = (
            (asked.flagged, dispute.is_flagged),
            (asked.skipped, dispute.is_skipped),
            (asked.late, dispute.is_late),
        )
        if any(is_asked and not is_so for is_asked, is_so in wanted):
            return False
        return self._about is None or any(self._about.meets(*entry) for entry in dispute.topics.items())


@dataclass(frozen=True, slots=True)
class _About:
    """What a topic must be about, in numbers; 0 is the number of nothing."""

    question: int | None
    target: int | None
    #: None for *not at issue*, which is said by saying nothing.
    label: int | None
    asks_for_label: bool
    people: tuple[int, ...]

    @classmethod
    def of(cls, filters: Filters, known: Identities, codes: Mapping[str, int]) -> "_About":
        """Look the names up."""
        question, _, label = filters.label.partition(":")
        named = [code for code in (filters.annotator, filters.other) if code]
        about = filters.question or question
        return cls(
            known.questions.get(about, 0) if about else None,
            known.targets.get(filters.target, 0) if filters.target else None,
            None if label == NOT_AT_ISSUE else known.labels.get((question, label), 0),
            bool(filters.label),
            tuple(codes.get(code, 0) for code in named),
        )

    def meets(self, topic: Topic, voices: Voices) -> bool:
        """Tell whether people differ about this, and those who are asked for from each other."""
        if self.question not in (None, topic[0]) or self.target not in (None, topic[1]):
            return False
        if not all(who in voices for who in self.people):
            return False
        if len(self.people) == 2 and voices[self.people[0]] == voices[self.people[1]]:
            return False
        return not self.asks_for_label or any(self._says(given) for given in voices.values())

    def _says(self, given: disputes.Given) -> bool:
        return not given if self.label is None else any(line[0] == self.label for line in given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A unit in a list: where it is, what it says, and who said what about it."""

    unit: str
    document: str
    title: str | None
    language: str | None
    position: int
    text: str
    labelled: tuple[Labelled, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A page of decisions, and how many there are."""

    rows: tuple[Listed, ...]
    total: int


def read_settled(
    session: Session,
    project: Project,
    filters: Filters,
    *,
    page: int,
    masked: frozenset[str] = frozenset(),
    visible: ColumnElement[bool] | None = None,
) -> Settled:
    """Return a page of the decisions in force that may be seen, the newest first, narrowed by the filters."""
    is_gold = Annotation.kind == gold.GOLD
    seen = is_gold if visible is None else is_gold & visible
    query = _settled(session, project, filters).where(seen)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    acts = session.execute(query.order_by(Annotation.id.desc()).offset((page - 1) * PAGE).limit(PAGE)).all()
    listed = list_units(session, project, [act.unit_id for act in acts], visible=seen, masked=masked)
    moments = {act.external_id: act.recorded_at for act in acts}
    return Settled(tuple(replace(one, at=moments[one.unit]) for one in listed), total)


def _settled(session: Session, project: Project, filters: Filters) -> Select[*tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.document:
        conditions.append(Document.external_id == filters.document)
    if filters.annotator:
        conditions.append(Annotator.code == filters.annotator)
    if filters.label:
        question, _, label = filters.label.partition(":")
        number = identities.identities(session, project.id).labels.get((question, label), 0)
        conditions.append(Annotation.id.in_(select(Answer.annotation_id).where(Answer.label_id == number)))
    return (
        select(Annotation.unit_id, Annotation.recorded_at, Unit.external_id)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Annotator, Annotator.id == Annotation.annotator_id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Annotation.project_id == project.id,
            CurrentAnnotation.kind == gold.GOLD,
            gold.is_in_force(),
            Unit.withdrawn_at.is_(None),
            *conditions,
        )
    )


def list_units(
    session: Session,
    project: Project,
    unit_ids: Sequence[int],
    *,
    visible: ColumnElement[bool],
    masked: frozenset[str] = frozenset(),
) -> list[Listed]:
    """Return units as they stand in a list, in the order given, with what may be seen of what was said of them."""
    rows = session.execute(listed_units().where(Unit.id.in_(unit_ids))).all()
    labelled = reviewing.labels_under(session, project.id, unit_ids, visible)
    curtain = Curtain(session, masked)
    by_id = {row.id: _listed(row, labelled.get(row.id, []), curtain) for row in rows}
    return [by_id[number] for number in unit_ids if number in by_id]


def _listed(row: Any, labelled: Sequence[Labelled], curtain: Curtain) -> Listed:
    masks = curtain.masks(row.document_id)
    return Listed(
        unit=row.external_id,
        document=row.document,
        title=masks.text(row.title),
        language=row.language,
        position=row.position + 1,
        text=masks.text(row.title or "") if row.kind == "document" else masks.text(row.text),
        labelled=reviewing.masked_marks(labelled, masks),
    )
