"""When it is time to train again, without anybody asking, and how a training is asked for."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from annotator.db import ChainHead, Classifier, Job, Project
from annotator.db.base import now, table
from annotator.services import codebooks, counting, jobs, rounds
from annotator.services.examples import examples_of, has_enough, trainable

#: The kind of the job that trains.
KIND = "train"
#: After a training the next one waits at least this many times as long as it took.
REST = 10


def is_due(session: Session, project: Project) -> bool:
    """Tell whether enough has been labelled since the last training to train again.

    The first training starts as soon as some question has the examples it needs; afterwards every
    ``retrain_every`` labelled units, with a rest in proportion to what a training costs, and never two within
    ``retrain_minutes``. A project can want neither.
    """
    if not project.retrain_every:
        return False
    last = session.execute(_LABELLED_AND_LAST, {"project": project.id, "kind": KIND}).one()
    labelled = counting.labelled_units(session, project.id) if last.is_blind else last.labelled
    if last.state is None or _may_try_again(session, project.id, last):
        return _is_worth_counting(labelled, project.retrain_every) and _can_begin(session, project.id)
    if last.state in ("queued", "running"):
        # A worker that was killed takes nobody's call; asking again lets another go on with its job.
        return jobs.is_lost(last)
    if labelled - int(last.arguments.get("labelled", 0)) < project.retrain_every:
        return False
    if last.started_at is None or last.finished_at is None:
        return True
    return _may_start_at(project, last) <= now()


def _may_start_at(project: Project, last: Any) -> datetime:
    """Return the moment from which on a training may follow one that has ended."""
    rested: datetime = last.finished_at + REST * (last.finished_at - last.started_at)
    earliest: datetime = last.started_at + timedelta(minutes=project.retrain_minutes)
    return max(rested, earliest)


def _is_worth_counting(labelled: int, every: int) -> bool:
    """Space out the counting of examples, which reads every label, so that its cost per label does not grow."""
    if labelled <= 200:
        return True
    return labelled % (every << (labelled // 200).bit_length() + 1) == 0


def request_training(session: Session, project_id: int) -> Any:
    """Put a training in line; the one that waits already is returned instead of a second."""
    labelled = counting.labelled_units(session, project_id)
    return jobs.enqueue(session, project_id, KIND, labelled=labelled)


def _may_try_again(session: Session, project_id: int, last: Any) -> bool:
    """Tell whether a first training that failed may be repeated at once: not if it killed its worker each time."""
    if last.state != "failed" or last.attempt >= jobs.MAX_ATTEMPTS:
        return False
    return session.scalar(select(Classifier.id).where(Classifier.project_id == project_id).limit(1)) is None


def _can_begin(session: Session, project_id: int) -> bool:
    questions = trainable(codebooks.published(session, project_id).codebook)
    examples = examples_of(session, project_id, questions)
    return any(has_enough(question, examples[question.id]) for question in questions)


# Runs with every label, so it is built once.
_HEADS = table(ChainHead)
_JOBS = table(Job)
_NEWEST = (
    select(func.max(_JOBS.c.id))
    .where(_JOBS.c.project_id == bindparam("project"), _JOBS.c.kind == bindparam("kind"))
    .scalar_subquery()
)
_LABELLED_AND_LAST = (
    select(
        _HEADS.c.labelled,
        rounds.is_blind(bindparam("project")).label("is_blind"),
        _JOBS.c.state,
        _JOBS.c.arguments,
        _JOBS.c.attempt,
        _JOBS.c.started_at,
        _JOBS.c.finished_at,
        _JOBS.c.heartbeat_at,
    )
    .select_from(_HEADS)
    .outerjoin(_JOBS, _JOBS.c.id == _NEWEST)
    .where(_HEADS.c.project_id == bindparam("project"))
)
