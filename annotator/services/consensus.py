"""Read the votes of a project for a consensus: what annotators said of each unit, as it counts by now."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Question
from annotator.db import Annotation, CodebookVersion, CurrentAnnotation, Document, Unit
from annotator.services import chain, disputes
from annotator.services.answers import answers_from_rows, in_columns, rows_from_answers
from annotator.services.ballots import VOTES_PER_UNIT, Ballot
from annotator.services.collecting import without_collecting
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.identities import Identities
from annotator.services.succession import Succession, succession

#: An answer that says nothing, where the question is not about a target.
NONE = "(none)"
UNITS_AT_ONCE = 1000


def may_be_enough(session: Session, project_id: int) -> bool:
    """Tell whether any unit has the votes of which each needs so many on average; reads no answer."""
    query = (
        select(CurrentAnnotation.unit_id)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(
            Annotation.project_id == project_id,
            Annotation.act == "answer",
            CurrentAnnotation.kind.in_(disputes.COMPARED),
        )
        .group_by(CurrentAnnotation.unit_id)
        .having(func.count() >= VOTES_PER_UNIT)
        .limit(1)
    )
    return session.scalar(query) is not None


@without_collecting()
def read_ballots(session: Session, project_id: int, visible: ColumnElement[bool]) -> dict[str, Ballot]:
    """Return the votes of a project by question's id: what counts of annotators' acts, training and gold left out.

    Of these only what is ``visible``. Labels of earlier versions of the codebook are votes for what they count as by
    now. Two holders on two sides give a target no one label, so such a stance is no vote; marked words are none either.
    """
    counting = succession(session, project_id)
    if not counting.editions:
        return {}
    ballots = {one.id: Ballot(one) for one in counting.editions[-1].codebook.questions if one.type != "spans"}
    for unit_id, topics in _topics_of_units(session, project_id, visible, counting):
        for (number, target), voices in topics.items():
            ballot = ballots.get(counting.known.question_names[number])
            if ballot is None:
                continue
            for annotator, given in voices.items():
                labels = _labels(ballot.question, given, counting.known, has_target=target is not None)
                if labels is not None:
                    ballot.add((unit_id, target), annotator, labels)
    return ballots


def _labels(question: Question, given: disputes.Given, known: Identities, *, has_target: bool) -> frozenset[str] | None:
    labels = frozenset(known.label_names[line[0]] for line in given)
    if question.type == "choices":
        return labels
    if not labels:
        return frozenset({NOT_AT_ISSUE if has_target else NONE})
    return labels if len(labels) == 1 else None


def _topics_of_units(
    session: Session, project_id: int, visible: ColumnElement[bool], counting: Succession
) -> Iterator[tuple[int, Mapping[Any, Any]]]:
    """Yield what was said of each unit, one unit after the other; memory stays flat."""
    merged = disputes.merged_targets(session, project_id)
    after = 0
    while True:
        units = list(session.scalars(_units(project_id, after)))
        if not units:
            return
        acts = session.execute(_acts(project_id, units).where(visible)).all()
        read = chain.answers_of(session, [act.id for act in acts])
        rows: dict[int, dict[int, Any]] = {unit: {} for unit in units}
        for act in acts:
            given = read.get(act.id, {}).get("final", ())
            rows[act.unit_id][act.annotator_id] = _as_they_count(given, act.number, counting)
        for unit in units:
            yield unit, disputes.topics_of(rows[unit], merged)
        after = units[-1]


def _as_they_count(rows: Sequence[Any], made_under: int, counting: Succession) -> Sequence[Any]:
    """Return the rows of an act as the newest codebook would have them; marked words, which are no votes, left out."""
    newest = counting.editions[-1]
    if made_under == newest.number:
        return rows
    answers = answers_from_rows(rows, codebook=counting.codebook(made_under), known=counting.known)
    counted = counting.counted(answers, made_under)
    spans = {question.id for question in newest.codebook.questions if question.type == "spans"}
    votes = {name: given for name, given in counted.items() if name not in spans}
    return in_columns(rows_from_answers(votes, codebook=newest.codebook, known=counting.known, length=0))


def _units(project_id: int, after: int) -> Any:
    counts = (
        select(CurrentAnnotation.unit_id)
        .where(CurrentAnnotation.unit_id == Unit.id, CurrentAnnotation.kind.in_(disputes.COMPARED))
        .exists()
    )
    of_project = (Unit.project_id == project_id, Unit.id > after, Unit.withdrawn_at.is_(None))
    there = select(Unit.id).join(Document, Document.id == Unit.document_id).where(*of_project, ~Document.is_pending)
    return there.where(counts).order_by(Unit.id).limit(UNITS_AT_ONCE)


def _acts(project_id: int, units: Sequence[int]) -> Any:
    return (
        select(Annotation.id, Annotation.unit_id, Annotation.annotator_id, CodebookVersion.number)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(
            Annotation.project_id == project_id,
            Annotation.act == "answer",
            CurrentAnnotation.unit_id.in_(units),
            CurrentAnnotation.kind.in_(disputes.COMPARED),
        )
        .order_by(Annotation.id)
    )
