"""Which classifier made the suggestions since when, and who decided it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Classifier, Event, User

#: The kind of the log's entry when somebody makes a classifier the active one.
KIND = "classifier-activated"


@dataclass(frozen=True, slots=True)
class Activation:
    """A moment from which on a classifier made the suggestions for its question.

    ``by`` names who decided it; None after a training, which makes its classifier the active one, and where somebody
    was erased.
    """

    at: datetime
    number: int
    by: str | None
    is_by_training: bool


def read_activations(session: Session, project_id: int) -> dict[int, list[Activation]]:
    """Return, by the question's number, when which classifier took over, newest first."""
    rows = session.execute(
        select(Classifier.number, Classifier.question_id, Classifier.created_at).where(
            Classifier.project_id == project_id
        )
    ).all()
    question_of = {row.number: row.question_id for row in rows}
    found: dict[int, list[Activation]] = {question: [] for question in question_of.values()}
    for row in rows:
        found[row.question_id].append(Activation(row.created_at, row.number, None, is_by_training=True))
    events = select(Event.at, Event.details, User.name).outerjoin(User, User.id == Event.user_id)
    for event in session.execute(events.where(Event.project_id == project_id, Event.kind == KIND)):
        number = int(event.details["number"])
        if number in question_of:
            found[question_of[number]].append(Activation(event.at, number, event.name, is_by_training=False))
    return {question: sorted(some, key=lambda one: one.at, reverse=True) for question, some in found.items()}
