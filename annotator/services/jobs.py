"""Work outside requests: the row is the truth about a job, whatever happens to queues and processes."""

from datetime import timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from annotator.db import Job
from annotator.db.base import now
from annotator.words import packed, say

#: A running job whose heart has been still for this long was killed.
LOST_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 3
#: Before this share is done nothing is said of the time that is left.
LEAST_DONE = 0.1


def enqueue(session: Session, project_id: int, kind: str, **arguments: Any) -> Job:
    """Put a job in line, or return the one of its kind that waits already or whose worker was killed."""
    sweep(session)
    job = Job(project_id=project_id, kind=kind, arguments=arguments)
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:
        waiting = select(Job).where(Job.project_id == project_id, Job.kind == kind, Job.state == "queued")
        # A worker may take it at this moment; then there is room for another.
        return session.scalar(waiting) or enqueue(session, project_id, kind, **arguments)
    return job


def begin(session: Session, project_id: int, kind: str, **arguments: Any) -> Job:
    """Record a job that whoever asks for it does at once; if they are killed, a worker goes on with it."""
    moment = now()
    job = Job(
        project_id=project_id, kind=kind, arguments=arguments, state="running", started_at=moment,
        heartbeat_at=moment, attempt=1,
    )  # fmt: skip
    session.add(job)
    session.flush()
    return job


def claim_job(session: Session) -> Job | None:
    """Take the oldest job that waits, unless one of its kind runs for that project; None if there is none."""
    running = aliased(Job)
    busy = exists().where(
        running.project_id == Job.project_id,
        running.kind == Job.kind,
        running.state == "running",
    )
    oldest = (
        select(Job.id)
        .where(Job.state == "queued", ~busy)
        .order_by(Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    moment = now()
    job_id = session.scalar(
        update(Job)
        .where(Job.id == oldest)
        .values(state="running", started_at=moment, heartbeat_at=moment, attempt=Job.attempt + 1, progress=0.0)
        .returning(Job.id)
    )
    return None if job_id is None else session.get(Job, job_id, populate_existing=True)


def beat(session: Session, job_id: int, *, progress: float | None = None, message: str | None = None) -> None:
    """Show that the job is alive, and how far it is."""
    changed: dict[str, Any] = {"heartbeat_at": now()}
    if progress is not None:
        changed |= {"progress": progress, "message": message and packed(message)}
    session.execute(update(Job).where(Job.id == job_id, Job.state == "running").values(changed))


def finish(session: Session, job_id: int, *, result: dict[str, Any] | None = None, message: str | None = None) -> None:
    """Record that the job is done."""
    values = {"state": "done", "progress": 1.0, "result": result, "message": message, "finished_at": now()}
    session.execute(update(Job).where(Job.id == job_id).values(values))


def fail(session: Session, job_id: int, message: str) -> None:
    """Record why the job could not be done."""
    values = {"state": "failed", "message": packed(message), "finished_at": now()}
    session.execute(update(Job).where(Job.id == job_id).values(values))


def sweep(session: Session) -> None:
    """Put jobs whose worker was killed back in line; give up on one that keeps failing that way."""
    lost = session.scalars(
        select(Job)
        .where(Job.state == "running", or_(Job.heartbeat_at.is_(None), Job.heartbeat_at < now() - LOST_AFTER))
        .order_by(Job.id)
        # It may just give a sign of life, or be found by another.
        .with_for_update()
    )
    for job in lost.all():
        waiting = session.scalar(
            select(Job.id).where(Job.project_id == job.project_id, Job.kind == job.kind, Job.state == "queued")
        )
        if job.attempt >= MAX_ATTEMPTS:
            fail(
                session, job.id, say("The worker was ended in the middle of it several times; start it again by hand.")
            )
        elif waiting is not None:
            fail(session, job.id, say("The worker was ended in the middle of it; a newer job does the work."))
        else:
            session.execute(update(Job).where(Job.id == job.id).values(state="queued", message=say("Starting again.")))


def seconds_left(job: Job) -> float | None:
    """Return how long a running job will still take at its pace so far; None where too little is done to tell."""
    if job.state != "running" or job.started_at is None or job.progress < LEAST_DONE:
        return None
    return (now() - job.started_at).total_seconds() * (1 - job.progress) / job.progress


def is_lost(job: Any) -> bool:
    """Tell whether a job runs by its row, but its worker was killed."""
    return job.state == "running" and (job.heartbeat_at is None or job.heartbeat_at < now() - LOST_AFTER)


def is_open(session: Session) -> bool:
    """Tell whether any job waits or runs."""
    return session.scalar(select(Job.id).where(Job.state.in_(["queued", "running"])).limit(1)) is not None


def is_waiting(session: Session) -> bool:
    """Tell whether any job waits for a worker, or has lost its own."""
    lost = (Job.state == "running") & (Job.heartbeat_at < now() - LOST_AFTER)
    return session.scalar(select(Job.id).where(or_(Job.state == "queued", lost)).limit(1)) is not None


def latest(session: Session, project_id: int, kind: str) -> Job | None:
    """Return the newest job of a kind in a project."""
    return session.scalar(
        select(Job).where(Job.project_id == project_id, Job.kind == kind).order_by(Job.id.desc()).limit(1)
    )
