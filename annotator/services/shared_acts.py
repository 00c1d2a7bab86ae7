"""The acts on units that at least two people labelled: what agreement is about, read in two queries.

Each annotator's act that counts is read, of kinds *main* and *import*; of several the later. Gold acts stand apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Annotator, Answer, CurrentAnnotation, Project, Target, Unit
from annotator.services.asked import Asked, asked_questions

COUNTED = ("main", "import")
GOLD = "adjudication"


class Act(NamedTuple):
    """One act that counts; ``annotator`` is a position in ``SharedActs.annotators``."""

    id: int
    unit: int
    document: int
    length: int
    annotator: int
    kind: str
    version: int
    round: int | None
    at: datetime


#: An answer's kind, label, target, start and end.
Line = tuple[str, int | None, int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class SharedActs:
    """All acts on units that two people labelled, with their answers by question and act."""

    annotators: tuple[str, ...]
    acts: tuple[Act, ...]
    #: The gold acts that count, at most one a unit.
    gold: tuple[Act, ...]
    answers: Mapping[int, Mapping[int, Sequence[Line]]]
    questions: tuple[Asked, ...]
    #: What targets that were merged have become, by number.
    target_of: Mapping[int, int]


def read_shared(session: Session, project: Project, may_see: ColumnElement[bool]) -> SharedActs:
    """Read every act that may be seen and counts, of units with two of them."""
    columns = dict(_annotators(session, project))
    order = {number: column for column, number in enumerate(columns)}
    acts: dict[tuple[int, int], Act] = {}
    gold: dict[int, Act] = {}
    for row in session.execute(_acts(project, may_see)):
        act = Act(row[0], row[1], row[2], row[3], order[row[4]], *row[5:])
        # In the order of the chain: the later one counts.
        if act.kind == GOLD:
            gold[act.unit] = act
        else:
            acts[act.unit, act.annotator] = act
    answers: dict[int, dict[int, list[Line]]] = {}
    for question, act_id, *line in session.execute(_answers(project, may_see)):
        answers.setdefault(question, {}).setdefault(act_id, []).append(tuple(line))
    return SharedActs(
        annotators=tuple(columns.values()), acts=tuple(acts.values()), gold=tuple(gold.values()), answers=answers,
        questions=asked_questions(session, project.id), target_of=_target_of(session, project),
    )  # fmt: skip


def _annotators(session: Session, project: Project) -> Sequence[Any]:
    query = select(Annotator.id, Annotator.code).where(Annotator.project_id == project.id)
    return session.execute(query.order_by(Annotator.code)).all()


def _target_of(session: Session, project: Project) -> dict[int, int]:
    query = select(Target.id, Target.merged_into_id).where(Target.project_id == project.id)
    merged = {number: into for number, into in session.execute(query) if into is not None}

    def end(number: int) -> int:
        # A chain of mergers ends somewhere; a circle would be a mistake elsewhere and must not hang a page.
        for _ in merged:
            number = merged.get(number, number)
        return number

    return {number: end(number) for number in merged}


def _counting(columns: Sequence[Any], project: Project, may_see: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(CurrentAnnotation)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(
            Annotation.project_id == project.id,
            Annotation.act == "answer",
            Annotation.kind.in_((*COUNTED, GOLD)),
            may_see,
        )
    )


def shared_units(project: Project, may_see: ColumnElement[bool]) -> Select[int]:
    """Select the units with two acts that may be seen and count."""
    units = _counting([CurrentAnnotation.unit_id], project, may_see).group_by(CurrentAnnotation.unit_id)
    return units.having(func.count() >= 2)


def _acts(project: Project, may_see: ColumnElement[bool]) -> Select[Any]:
    columns = (
        Annotation.id,
        Unit.id,
        Unit.document_id,
        Unit.end - Unit.start,
        Annotation.annotator_id,
        Annotation.kind,
        Annotation.codebook_version_id,
        Annotation.round_id,
        Annotation.recorded_at,
    )
    query = _counting(columns, project, may_see).join(Unit, Unit.id == CurrentAnnotation.unit_id)
    return query.where(
        CurrentAnnotation.unit_id.in_(shared_units(project, may_see)), Unit.withdrawn_at.is_(None)
    ).order_by(Annotation.sequence)


def _answers(project: Project, may_see: ColumnElement[bool]) -> Select[Any]:
    columns = (
        Answer.question_id,
        Answer.annotation_id,
        Answer.kind,
        Answer.label_id,
        Answer.target_id,
        Answer.start,
        Answer.end,
    )
    query = _counting(columns, project, may_see).join(Answer, Answer.annotation_id == Annotation.id)
    return query.where(CurrentAnnotation.unit_id.in_(shared_units(project, may_see)), Answer.stage == "final")
