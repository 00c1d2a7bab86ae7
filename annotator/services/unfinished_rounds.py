"""Rounds in the making: the job that is at it, and what becomes of one that was given up."""

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from annotator.db import Annotator, Assignment, Job, Round, RoundMember
from annotator.errors import ConflictError
from annotator.services import drawing, jobs
from annotator.words import say


def making_of(session: Session, round_: Round) -> Job | None:
    """Return the job that makes a round's places, or has made them."""
    return jobs.latest(session, round_.project_id, f"{drawing.KIND}:{round_.id}")


def is_abandoned(session: Session, round_: Round) -> bool:
    """Tell whether a round was not finished being made, and nobody is at it any more, nor will be."""
    if round_.is_ready:
        return False
    job = making_of(session, round_)
    return job is None or job.state not in ("queued", "running")


def remove_abandoned(session: Session, round_: Round) -> None:
    """Remove a round whose making was given up before anybody could label in it, so that its name is free again.

    Raises
    ------
    ConflictError
        If it is ready, or still in the making.
    """
    if not is_abandoned(session, round_):
        raise ConflictError(say("Only a round that was not finished being made can be removed; this one is in use."))
    with_checks = or_(Round.id == round_.id, Round.parent_id == round_.id)
    parts = select(Round.id).where(with_checks).scalar_subquery()
    session.execute(update(Annotator).where(Annotator.round_id.in_(parts)).values(round_id=None))
    for table in (Assignment, RoundMember):
        session.execute(delete(table).where(table.round_id.in_(parts)))
    session.execute(delete(Round).where(Round.parent_id == round_.id))
    session.execute(delete(Round).where(Round.id == round_.id))
