"""Labels in doubt: what classifiers find unlikely, and nearly identical sentences with other labels, for review."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, CurrentAnnotation, Document, Doubt, Question, Unit
from annotator.learning.values import Doubt as Unlikely
from annotator.learning.values import Example
from annotator.services import codebooks, gold
from annotator.services.disputes import Dispute, Given
from annotator.services.identities import Identities, identities
from annotator.text.twins import contradicting_twins

#: Why a label is in doubt.
UNLIKELY, TWIN = "unlikely", "twin"
#: Pairs kept for a question: more than anybody looks through.
MOST_TWINS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """A label in doubt, by stable ids; of a twin only the other unit is known, by number and external id."""

    question: str
    target: str | None
    label: str | None
    is_given: bool
    probability: float
    instead: str | None
    instead_probability: float
    twin: str | None
    twin_id: int | None


def twins_of(examples: Sequence[Example]) -> list[tuple[Example, Example]]:
    """Return pairs of examples with nearly the same words and other labels, toward the same target."""
    found = []
    for target in dict.fromkeys(example.target for example in examples):
        own = [example for example in examples if example.target == target]
        pairs = contradicting_twins([example.text for example in own], [frozenset(one.labels) for one in own])
        found += [(own[later], own[earlier]) for earlier, later in pairs]
    return found


def replace_doubts(
    session: Session,
    project_id: int,
    question_id: int,
    unlikely: Iterable[Unlikely],
    twins: Iterable[tuple[Example, Example]],
) -> None:
    """Keep what a training found doubtful in place of what the one before found."""
    known = identities(session, project_id)
    session.execute(delete(Doubt).where(Doubt.question_id == question_id))
    rows = [
        {
            "annotation_id": one.key,
            "target_id": known.targets.get(one.target or ""),
            "label": one.label,
            "is_given": one.is_given,
            "probability": one.probability,
            "instead": one.instead,
            "instead_probability": one.instead_probability,
            "twin_id": None,
        }
        for one in unlikely
    ]
    rows += [_twin(*pair, known) for pair in _of_other_units(session, twins)]
    if rows:
        session.execute(insert(Doubt), [{"question_id": question_id, **row} for row in rows])


def _of_other_units(session: Session, twins: Iterable[tuple[Example, Example]]) -> list[tuple[Example, Example]]:
    """Leave out what several people said about one unit: that is a disagreement of theirs."""
    pairs = list(twins)[: 5 * MOST_TWINS]
    keys = {example.key for pair in pairs for example in pair}
    unit = dict(session.execute(select(Annotation.id, Annotation.unit_id).where(Annotation.id.in_(keys))).all())
    return [(one, other) for one, other in pairs if unit[one.key] != unit[other.key]][:MOST_TWINS]


def _twin(one: Example, other: Example, known: Identities) -> dict[str, Any]:
    return {
        "annotation_id": one.key,
        "target_id": known.targets.get(one.target or ""),
        "label": None,
        "is_given": True,
        "probability": 0.0,
        "instead": None,
        "instead_probability": 1.0,
        "twin_id": other.key,
    }


def find_doubts(session: Session, project_id: int, visible: ColumnElement[bool], why: str) -> list[Dispute]:
    """Return the units with labels in doubt that still count and may be seen; those decided since are left out.

    ``why`` is "unlikely" or "twin"; of twins both must count, and the later one stands for the two. Of a question that
    is no longer asked nothing can be decided, and no training doubts anew.
    """
    asked = codebooks.asked_now(session, project_id)
    acts = _acts(session, project_id, visible)
    known = identities(session, project_id)
    is_meant = Doubt.twin_id.is_not(None) if why == TWIN else Doubt.twin_id.is_(None)
    doubts: dict[int, list[Doubt]] = {}
    for row in session.scalars(
        select(Doubt)
        .join(Question, Question.id == Doubt.question_id)
        .where(Question.project_id == project_id, Question.stable_id.in_(asked), is_meant)
        .order_by(Doubt.id)
    ):
        if row.annotation_id in acts and (row.twin_id is None or row.twin_id in acts):
            doubts.setdefault(acts[row.annotation_id].unit_id, []).append(row)
    return [_dispute(found, acts, known) for found in doubts.values()]


def _dispute(doubts: Sequence[Doubt], acts: Mapping[int, Any], known: Identities) -> Dispute:
    act = acts[doubts[0].annotation_id]
    topics: dict[tuple[int, int | None], dict[int, Given]] = {}
    for one in doubts:
        voices = topics.setdefault((one.question_id, one.target_id), {})
        voices[acts[one.annotation_id].annotator_id] = _said(one, known)
    return Dispute(
        unit_id=act.unit_id,
        unit=act.external_id,
        document=act.document,
        place=(act.document_position, act.kind == "document", act.position),
        topics=topics,
        is_flagged=False,
        is_skipped=False,
        weight=max(one.instead_probability - one.probability for one in doubts),
        doubts=tuple(_doubted(one, acts, known) for one in doubts),
    )


def _said(doubt: Doubt, known: Identities) -> Given:
    """Return the label in doubt as a line of an answer; *not at issue* is none."""
    number = known.labels.get((known.question_names[doubt.question_id], doubt.label or ""))
    return frozenset() if number is None else frozenset({(number,)})


def _doubted(doubt: Doubt, acts: Mapping[int, Any], known: Identities) -> Doubted:
    twin = acts[doubt.twin_id] if doubt.twin_id is not None else None
    return Doubted(
        question=known.question_names[doubt.question_id],
        target=known.target_names[doubt.target_id] if doubt.target_id is not None else None,
        label=doubt.label,
        is_given=doubt.is_given,
        probability=doubt.probability,
        instead=doubt.instead,
        instead_probability=doubt.instead_probability,
        twin=twin.external_id if twin else None,
        twin_id=twin.unit_id if twin else None,
    )


def _acts(session: Session, project_id: int, visible: ColumnElement[bool]) -> dict[int, Any]:
    """Return the acts in doubt, and their twins, that are what counts for their units and may be seen."""
    settled = aliased(CurrentAnnotation)
    has_gold = exists().where(settled.unit_id == Annotation.unit_id, settled.kind == gold.GOLD)
    rows = session.execute(
        select(
            Annotation.id,
            Annotation.unit_id,
            Annotation.annotator_id,
            Unit.external_id,
            Unit.kind,
            Unit.position,
            Document.external_id.label("document"),
            Document.position.label("document_position"),
        )
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Annotation.project_id == project_id,
            or_(Annotation.id.in_(select(Doubt.annotation_id)), Annotation.id.in_(select(Doubt.twin_id))),
            or_(Annotation.kind == gold.GOLD, ~has_gold),
            gold.is_in_force(),
            visible,
            Unit.withdrawn_at.is_(None),
            Document.is_pending.is_(False),
        )
    )
    return {row.id: row for row in rows}
