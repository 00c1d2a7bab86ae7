"""Which acts a change of the codebook touches: conditions on ``annotation``, for counting them and for asking anew."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, distinct, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from annotator.codebook.changes import Change
from annotator.db import Annotation, Annotator, Answer, CurrentAnnotation, Membership, Unit
from annotator.services.data_rows import GOLD
from annotator.services.policy import LABELLING
from annotator.services.succession import Succession

#: Changes that touch every answer to their question, since it is asked in another way.
_OF_QUESTIONS = ("question-retired", "question-text", "question-type", "question-unit", "label-added")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a change touches, of the acts that count and may be seen."""

    annotations: int = 0
    gold: int = 0
    #: Codes of those who gave them, and how many each.
    annotators: tuple[tuple[str, int], ...] = ()
    #: Units on which two or more answered the question, so that agreement is figured from what is touched.
    compared: int = 0
    #: Those of imported annotators and of people who have left: nobody is there to give them anew.
    unreachable: int = 0


def touching(before: Succession, change: Change, *, unit: str) -> ColumnElement[bool]:
    """Return the condition that an act under ``before`` (or a version that led to it) is touched by what came after.

    ``unit`` is the kind of unit that the question is about.
    """
    earlier = Annotation.codebook_version_id.in_([edition.version_id for edition in before.editions])
    if change.question is None:
        return false()
    if change.kind == "question-added":
        # Nobody was asked: whatever was labelled before lacks an answer.
        labelled = aliased(Unit)
        return and_(earlier, exists().where(labelled.id == Annotation.unit_id, labelled.kind == unit))
    if change.kind in _OF_QUESTIONS:
        return and_(earlier, answering(before, change.question))
    if change.label is None:
        return false()
    return or_(
        false(),
        *(
            and_(Annotation.codebook_version_id == version, _answers(Answer.label_id.in_(numbers)))
            for version, numbers in before.numbers_of(change.question, change.label).items()
        ),
    )


def answering(before: Succession, question: str) -> ColumnElement[bool]:
    """Return the condition that an act answers a question."""
    return _answers(Answer.question_id == before.known.questions.get(question, 0))


def _answers(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Answer.annotation_id == Annotation.id, Answer.stage == "final", condition)


def count_touched(
    session: Session,
    project_id: int,
    condition: ColumnElement[bool],
    visible: ColumnElement[bool],
    *,
    answered: ColumnElement[bool],
) -> Touched:
    """Count the acts that count, may be seen (``visible``) and are touched; ``answered`` are those to the question."""
    counting = (Annotation.project_id == project_id, Annotation.act == "answer", condition, visible)
    rows = session.execute(
        select(Annotator.code, Annotation.kind, func.count(), func.count(Membership.user_id))
        .join(Annotator, Annotator.id == Annotation.annotator_id)
        .outerjoin(Membership, and_(Membership.project_id == project_id, *_labels_as(Annotator.user_id)))
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .where(*counting)
        .group_by(Annotator.code, Annotation.kind)
        .order_by(Annotator.code)
    ).all()
    by_code: dict[str, int] = {}
    for code, kind, count, _ in rows:
        if kind != GOLD:
            by_code[code] = by_code.get(code, 0) + count
    return Touched(
        annotations=sum(by_code.values()),
        gold=sum(count for _, kind, count, _ in rows if kind == GOLD),
        annotators=tuple(by_code.items()),
        compared=_compared(session, project_id, condition, visible, answered) if by_code else 0,
        unreachable=sum(count - of_members for _, kind, count, of_members in rows if kind != GOLD),
    )


def _labels_as(user_id: InstrumentedAttribute[int | None]) -> tuple[ColumnElement[bool], ...]:
    return Membership.user_id == user_id, Membership.role.in_(LABELLING)


def _compared(
    session: Session,
    project_id: int,
    condition: ColumnElement[bool],
    visible: ColumnElement[bool],
    answered: ColumnElement[bool],
) -> int:
    """Return on how many units that are touched several people answered the question."""
    counting = (
        select(Annotation.unit_id)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .where(Annotation.project_id == project_id, Annotation.act == "answer", Annotation.kind != GOLD, visible)
    )
    touched = counting.where(condition).distinct().subquery()
    several = (
        counting.join(touched, touched.c.unit_id == Annotation.unit_id)
        .where(answered)
        .group_by(Annotation.unit_id)
        .having(func.count(distinct(Annotation.annotator_id)) > 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(several)) or 0
