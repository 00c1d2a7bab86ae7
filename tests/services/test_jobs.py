import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from annotator.db import Job
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.services import jobs
from at_once import alone, meanwhile


def enqueue(database: Database, kind: str = "train", **arguments: object) -> int:
    with database.transaction() as session:
        return jobs.enqueue(session, 1, kind, **arguments).id


def claim(database: Database) -> int | None:
    with database.transaction() as session:
        job = jobs.claim_job(session)
        return job and job.id


def states(database: Database) -> list[tuple[str, int]]:
    with database.reading() as session:
        return [(job.state, job.attempt) for job in session.scalars(select(Job).order_by(Job.id))]


def kill(database: Database) -> None:
    """Let the heart of whatever runs be still for long enough."""
    with database.transaction() as session:
        lost = now() - jobs.LOST_AFTER - timedelta(seconds=1)
        session.execute(update(Job).where(Job.state == "running").values(heartbeat_at=lost))


def sweep(database: Database) -> None:
    with database.transaction() as session:
        jobs.sweep(session)


def test_asking_twice_gives_one_job(database: Database):
    assert enqueue(database) == enqueue(database)
    assert enqueue(database, "export") != enqueue(database)
    assert states(database) == [("queued", 0)] * 2


def test_asking_at_once_gives_one_job(database: Database):
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(enqueue(database))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_oldest_job_is_taken_first_and_by_one_worker(database: Database):
    first, second = enqueue(database), enqueue(database, "export")
    assert (claim(database), claim(database), claim(database)) == (first, second, None)


def test_two_of_a_kind_never_run_at_once_for_a_project(database: Database):
    first = enqueue(database)
    assert claim(database) == first
    second = enqueue(database)
    assert second != first
    assert claim(database) is None
    with database.transaction() as session:
        jobs.finish(session, first, result={"classifiers": [1]})
    assert claim(database) == second


def test_job_of_a_killed_worker_runs_again(database: Database):
    job = enqueue(database)
    claim(database)
    sweep(database)
    assert states(database) == [("running", 1)]
    kill(database)
    sweep(database)
    assert states(database) == [("queued", 1)]
    assert claim(database) == job


def test_job_whose_heart_beats_is_left_alone(database: Database):
    job = enqueue(database)
    claim(database)
    kill(database)
    with database.transaction() as session:
        jobs.beat(session, job, progress=0.5, message="Half done.")
    sweep(database)
    assert states(database) == [("running", 1)]


def test_job_that_kills_its_worker_three_times_has_failed(database: Database):
    enqueue(database)
    for _ in range(jobs.MAX_ATTEMPTS):
        claim(database)
        kill(database)
        sweep(database)
    assert states(database) == [("failed", 3)]
    with database.reading() as session:
        found = jobs.latest(session, 1, "train")
    assert found is not None
    assert "several times" in str(found.message)


def test_newer_job_does_the_work_of_one_that_was_lost(database: Database):
    enqueue(database)
    claim(database)
    with database.transaction() as session:
        session.add(Job(project_id=1, kind="train"))
    kill(database)
    sweep(database)
    assert [state for state, _ in states(database)] == ["failed", "queued"]


def test_asking_again_takes_up_a_job_that_was_lost(database: Database):
    job = enqueue(database)
    claim(database)
    kill(database)
    assert enqueue(database) == job
    assert states(database) == [("queued", 1)]


@pytest.mark.parametrize("end", ["queued", "lost", "running", "done"])
def test_somebody_is_needed_for_what_waits_or_was_lost(database: Database, end: str):
    job = enqueue(database)
    if end != "queued":
        claim(database)
    if end == "lost":
        kill(database)
    if end == "done":
        with database.transaction() as session:
            jobs.finish(session, job)
    with database.reading() as session:
        assert jobs.is_waiting(session) is (end in ("queued", "lost"))
        assert jobs.is_open(session) is (end != "done")


def test_the_time_that_is_left_is_told_once_something_is_done(database: Database):
    number = enqueue(database)
    claim(database)
    started = now() - timedelta(seconds=60)
    for progress, left in ((0.05, None), (0.25, 180), (0.75, 20)):
        with database.transaction() as session:
            session.execute(update(Job).values(progress=progress, started_at=started))
        with database.reading() as session:
            told = jobs.seconds_left(session.get_one(Job, number))
        assert told is None if left is None else told == pytest.approx(left, rel=0.2)


def test_asking_while_the_job_that_waits_is_taken_gives_another(database: Database):
    enqueue(database)
    with database.transaction() as session:
        taken: list[object] = []

        def take(*_given: object) -> None:
            # Between the look and the answer; on SQLite nobody else writes then.
            if not taken and not database.settings.is_sqlite:
                taken.append(claim(database))

        event.listen(session, "after_soft_rollback", take)
        jobs.enqueue(session, 1, "train")
    assert states(database) == [("queued", 0)] if database.settings.is_sqlite else [("running", 1), ("queued", 0)]


@pytest.mark.parametrize(("step", "state"), [("beat", "running"), ("finish", "done"), ("take up", "running")])
def test_a_job_that_shows_life_is_not_given_to_another(database: Database, step: str, state: str):
    job = enqueue(database)
    claim(database)
    kill(database)

    def live(session: Session) -> None:
        if step == "take up":
            jobs.sweep(session)
            jobs.claim_job(session)
        else:
            getattr(jobs, step)(session, job)

    meanwhile(database, live, alone(database, jobs.sweep))
    assert [found for found, _ in states(database)] == [state]
