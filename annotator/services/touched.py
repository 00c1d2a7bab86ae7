"""Which acts a change of the codebook touches: conditions on ``annotation``, for counting them and for asking anew."""

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlalchemy.orm import aliased

from annotator.codebook.changes import Change
from annotator.db import Annotation, Answer, Unit
from annotator.services.succession import Succession

#: Changes that touch every answer to their question, since it is asked in another way.
_OF_QUESTIONS = ("question-retired", "question-text", "question-type", "question-unit", "label-added")


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
