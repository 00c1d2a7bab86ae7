"""Where annotators differ: answers compared as data, question by question and target by target."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Case, ColumnElement, Select, String, case, cast, func, or_, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, CurrentAnnotation, Document, Target, Unit
from annotator.services import arrivals, chain

#: The kinds of acts that are set against each other; training and pilot are kept out of the data.
COMPARED = ("main", "import")

#: A question's number and, for a stance, its target's.
Topic = tuple[int, int | None]
#: What somebody said to a topic: label, holder and span of each line; nothing for none, and for *not at issue*.
Given = frozenset[tuple[Any, ...]]
#: What each annotator said, by number; who did not answer is missing.
Voices = Mapping[int, Given]
UNITS_AT_ONCE = 200
#: Comparisons of acts that do not count any more are let go of when there are so many of them.
MOST_FORGOTTEN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A unit that needs a decision, and why: topics people differ about, a flag, a skip, what came late, old gold."""

    unit_id: int
    unit: str
    document: str
    #: Where it stands: number of the document, sentences before questions about the whole, number of the unit.
    place: tuple[int, bool, int]
    topics: Mapping[Topic, Voices]
    is_flagged: bool
    is_skipped: bool
    #: Whether an answer came after something had changed, as :mod:`annotator.services.arrivals` tells.
    is_late: bool = False
    #: Whether its gold label is to be given anew, since the codebook has changed.
    is_anew: bool = False
    #: How disputed it is: the share of answers that are not the commonest, added up over topics.
    weight: float
    #: Labels in doubt, where that is why it is looked at; see :mod:`annotator.services.doubts`.
    doubts: tuple[Any, ...] = ()


#: What acts make of their unit, by their numbers.
_Compared = dict[tuple[int, ...], Dispute | None]


class Memory:
    """What has been compared before: acts never change, so neither does what some of them make of a unit."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Mapping[int, int], _Compared]] = {}

    def compare(
        self, session: Session, project_id: int, wanted: Sequence[tuple[int, ...]], came: Case[str | None]
    ) -> list[Dispute]:
        """Return which of these units, each given by the numbers of its acts, need a decision; ``came`` tells how."""
        merged = merged_targets(session, project_id)
        before, known = self._known.get(project_id, (merged, {}))
        if before != merged or len(known) > 2 * len(wanted) + MOST_FORGOTTEN:
            known = {}
        news = [acts for acts in wanted if acts not in known]
        for start in range(0, len(news), UNITS_AT_ONCE):
            known |= _compare(session, news[start : start + UNITS_AT_ONCE], merged, came)
        self._known[project_id] = merged, known
        return [found for acts in wanted if (found := known[acts]) is not None]


def find_disputes(
    session: Session, project_id: int, visible: ColumnElement[bool], memory: Memory
) -> dict[int, Dispute]:
    """Return the units that need a decision, decided or not, by number: of what may be seen."""
    came = arrivals.arrival(session, project_id)
    query = _acts_by_unit(project_id, visible, came)
    wanted = [tuple(sorted(map(int, acts.split(",")))) for acts in session.scalars(query)]
    return {one.unit_id: one for one in memory.compare(session, project_id, wanted, came)}


def undisputed(session: Session, unit_ids: Collection[int]) -> Iterator[Dispute]:
    """Yield units as they stand in the queue without anything that people differ about."""
    units = select(Unit, Document).join(Document, Document.id == Unit.document_id).where(Unit.id.in_(unit_ids))
    for unit, document in session.execute(units):
        yield Dispute(
            unit_id=unit.id,
            unit=unit.external_id,
            document=document.external_id,
            place=(document.position, unit.kind == "document", unit.position),
            topics={},
            is_flagged=False,
            is_skipped=False,
            weight=0.0,
        )


def _acts_by_unit(project_id: int, visible: ColumnElement[bool], came: Case[str | None]) -> Select[*tuple[Any, ...]]:
    """Return the query for the acts to compare, one text of numbers per unit: a tenth of the time that rows take."""
    matters = case((Annotation.is_flagged | (Annotation.act == "skip") | came.is_not(None), 1), else_=0)
    return (
        select(func.aggregate_strings(cast(Annotation.id, String), ","))
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Annotation.project_id == project_id,
            CurrentAnnotation.kind.in_(COMPARED),
            visible,
            Unit.withdrawn_at.is_(None),
            Document.is_pending.is_(False),
        )
        .group_by(CurrentAnnotation.unit_id)
        .having(or_(func.count() > 1, func.max(matters) == 1))
    )


def _compare(
    session: Session, units: Sequence[tuple[int, ...]], merged: Mapping[int, int], came: Case[str | None]
) -> _Compared:
    numbers = [number for acts in units for number in acts]
    acts_of: dict[int, list[Any]] = {}
    for act in session.execute(_acts(numbers, came)):
        acts_of.setdefault(act.unit_id, []).append(act)
    read = chain.answers_of(session, numbers)
    return {tuple(act.id for act in acts): _dispute(acts, read, merged) for acts in acts_of.values()}


def _acts(numbers: Sequence[int], came: Case[str | None]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Annotation.id,
            Annotation.unit_id,
            Annotation.annotator_id,
            Annotation.act,
            Annotation.is_flagged,
            came.label("came"),
            Unit.external_id,
            Unit.kind,
            Unit.position,
            Document.external_id.label("document"),
            Document.position.label("document_position"),
        )
        .join(Unit, Unit.id == Annotation.unit_id)
        .join(Document, Document.id == Unit.document_id)
        .where(Annotation.id.in_(numbers))
        .order_by(Annotation.id)
    )


def _dispute(acts: Sequence[Any], read: Mapping[int, Any], merged: Mapping[int, int]) -> Dispute | None:
    """Return what the acts on one unit make of it, None where nothing has to be decided."""
    rows = {act.annotator_id: read.get(act.id, {}).get("final", ()) for act in acts if act.act == "answer"}
    topics = disputed(topics_of(rows, merged)) if len(rows) > 1 else {}
    is_flagged, is_skipped = any(act.is_flagged for act in acts), any(act.act == "skip" for act in acts)
    is_late = any(act.came for act in acts)
    if not (topics or is_flagged or is_skipped or is_late):
        return None
    first = acts[0]
    return Dispute(
        unit_id=first.unit_id,
        unit=first.external_id,
        document=first.document,
        place=(first.document_position, first.kind == "document", first.position),
        topics=topics,
        is_flagged=is_flagged,
        is_skipped=is_skipped,
        is_late=is_late,
        weight=sum(1 - Counter(voices.values()).most_common(1)[0][1] / len(voices) for voices in topics.values()),
    )


def merged_targets(session: Session, project_id: int) -> dict[int, int]:
    """Return the numbers of targets that were merged into others, with those of the others."""
    rows = session.execute(
        select(Target.id, Target.merged_into_id).where(
            Target.project_id == project_id, Target.merged_into_id.is_not(None)
        )
    )
    return {number: into for number, into in rows if into is not None}


def topics_of(rows_of: Mapping[int, Iterable[Sequence[Any]]], merged: Mapping[int, int]) -> dict[Topic, Voices]:
    """Return what each annotator said to each topic; rows are those ``answers_from_rows`` reads.

    A target that was offered without a stance is *not at issue*, an answer of its own; one that was not offered is
    unanswered, and so is a question without a row. An explicit none answers for every target.
    """
    said: dict[Topic, dict[int, set[tuple[Any, ...]]]] = {}
    nothing: dict[int, set[int]] = {}
    for who, rows in rows_of.items():
        for question, kind, label, target, holder, name, start, end in rows:
            if kind == "none":
                nothing.setdefault(question, set()).add(who)
                continue
            lines = said.setdefault((question, merged.get(target, target)), {}).setdefault(who, set())
            if kind != "offered":
                lines.add((label, holder, name, start, end))
    for question, people in nothing.items():
        about = [topic for topic in said if topic[0] == question] or [(question, None)]
        for topic in about:
            for who in people:
                said.setdefault(topic, {}).setdefault(who, set())
    return {topic: {who: frozenset(lines) for who, lines in voices.items()} for topic, voices in said.items()}


def disputed(topics: Mapping[Topic, Voices]) -> dict[Topic, Voices]:
    """Return the topics to which not everybody who answered said the same."""
    return {topic: voices for topic, voices in topics.items() if len(set(voices.values())) > 1}
