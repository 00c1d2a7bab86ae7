"""Which units somebody said something about: conditions on what counts and may be seen, for search and reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Annotator, Answer, CurrentAnnotation, Target
from annotator.services.seats import Seat
from annotator.services.succession import succession
from annotator.services.visibility import visible_annotations


@dataclass(frozen=True, slots=True)
class Sight:
    """Through whose eyes one looks: their seat, if they label, and the phase of the round."""

    seat: Seat | None
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one act must say, all of it; a target's stance and a label of a stance are of one answer."""

    label: tuple[str, str] | None = None
    target: str | None = None
    annotator: str | None = None
    act: str | None = None
    is_flagged: bool = False
    is_commented: bool = False

    def __bool__(self) -> bool:
        return self != Given()


def acts_that_count(sight: Sight, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the units with a visible act that counts and meets the conditions on ``annotation``."""
    return (
        select(CurrentAnnotation.unit_id)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(visible_annotations(sight.seat, phase=sight.phase), *conditions)
    )


def units_given(session: Session, project_id: int, given: Given, sight: Sight) -> Select[Any]:
    """Return the units of which a visible act that counts says all this."""
    conditions: list[ColumnElement[bool]] = [Annotation.project_id == project_id]
    if given.act is not None:
        conditions.append(Annotation.act == given.act)
    if given.is_flagged:
        conditions.append(Annotation.is_flagged.is_(True))
    if given.is_commented:
        conditions.append(Annotation.comment.is_not(None))
    if given.annotator is not None:
        known = select(Annotator.id).where(Annotator.project_id == project_id, Annotator.code == given.annotator)
        conditions.append(Annotation.annotator_id == known.scalar_subquery())
    if given.label is not None or given.target is not None:
        answers = _answers(session, project_id, label=given.label, target=given.target)
        conditions += [Annotation.act == "answer", *(Annotation.id.in_(query) for query in answers)]
    return acts_that_count(sight, *conditions)


def _answers(
    session: Session, project_id: int, *, label: tuple[str, str] | None, target: str | None
) -> list[Select[Any]]:
    """Return the acts with these answers: one query where a single answer says both."""
    labelled = [] if label is None else [Answer.label_id.in_(_labels(session, project_id, *label))]
    toward = [] if target is None else [_is_toward(session, project_id, target)]
    given = (Answer.stage == "final", Answer.kind == "label")
    if labelled and toward and not _has_targets(session, labelled[0]):
        return [select(Answer.annotation_id).where(*given, condition) for condition in (*labelled, *toward)]
    return [select(Answer.annotation_id).where(*given, *labelled, *toward)]


def _labels(session: Session, project_id: int, question: str, label: str) -> list[int]:
    """Return the numbers of a label and of those of earlier versions that count as it; none if it is not there."""
    counting = succession(session, project_id)
    earlier = [number for numbers in counting.numbers_of(question, label).values() for number in numbers]
    own = counting.known.labels.get((question, label))
    return sorted({*earlier, *(() if own is None else (own,))})


def _is_toward(session: Session, project_id: int, uuid: str) -> ColumnElement[bool]:
    """Return the condition that an answer is about a target, or one that was merged into it."""
    number = session.scalar(select(Target.id).where(Target.project_id == project_id, Target.uuid == uuid))
    if number is None:
        return false()
    same: Sequence[int] = session.scalars(select(Target.id).where(Target.merged_into_id == number)).all()
    return Answer.target_id.in_([number, *same])


def _has_targets(session: Session, is_label: ColumnElement[bool]) -> bool:
    row = session.execute(select(Answer.target_id).where(is_label).limit(1)).first()
    return row is not None and row.target_id is not None
