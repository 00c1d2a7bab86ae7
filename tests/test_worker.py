import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from annotator import worker
from annotator.config import Settings
from annotator.db import Assignment, Classifier, Job, Round
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, StorageFullError
from annotator.services import drawing, jobs, retraining, training
from annotator.services.plans import Plan
from annotator.worker import BuiltInWorker, JsonSerializer, open_queue, run_waiting, work
from studies import Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    """A study with enough labels for a first training."""
    study = make_study(database, documents=4)
    seat = study.seat("A")
    for number, unit in enumerate(study.units):
        study.record(seat, unit=unit, answers={"topic": "war" if number % 2 else "trade"})
    return study


def request(study: Study) -> int:
    with study.database.transaction() as session:
        found: int = retraining.request_training(session, study.project_id).id
        return found


def job(database: Database) -> Job:
    with database.reading() as session:
        found = session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
        session.expunge(found)
        return found


def test_waiting_job_is_done_and_says_so(study: Study):
    request(study)
    run_waiting(study.database)
    done = job(study.database)
    assert (done.state, done.progress, done.result) == ("done", 1.0, {"classifiers": [1]})


def test_what_a_person_can_act_on_is_told_and_the_worker_goes_on(database: Database, monkeypatch: pytest.MonkeyPatch):
    study = make_study(database)
    request(study)
    run_waiting(database)
    failed = job(database)
    assert failed.state == "failed"
    assert "label more units" in str(failed.message)


def test_mistake_of_ours_fails_the_job_and_not_the_worker(
    study: Study, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(worker.KINDS, "train", break_down)
    request(study)
    run_waiting(study.database)
    assert (job(study.database).state, "ZeroDivisionError" in caplog.text) == ("failed", True)


def test_heart_goes_on_beating_when_one_beat_fails(study: Study, monkeypatch: pytest.MonkeyPatch):
    beats = []

    def beat(_session: object, job_id: int) -> None:
        beats.append(job_id)
        if len(beats) == 1:
            raise StorageFullError("full")

    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "beat", beat)
    with worker._heart(study.database, 7):
        while len(beats) < 3:
            time.sleep(0.01)
    assert set(beats) == {7}


def test_messages_are_json_and_say_nothing_but_wake_up(sqlite_settings: Settings):
    queue, wake = open_queue(sqlite_settings, run=lambda: None)
    wake()
    with sqlite3.connect(sqlite_settings.queue) as connection:
        (data,) = connection.execute("SELECT data FROM task").fetchone()
    connection.close()
    assert json.loads(data)[1].endswith(".wake")
    message = JsonSerializer()._deserialize(data)
    assert (message.args, message.kwargs) == ([], {})
    assert queue.dequeue().name == "wake"
    queue.storage.close()


def test_worker_ends_when_there_is_nothing_to_do(study: Study):
    request(study)
    work(study.database, until_idle=True, idle_seconds=0)
    assert job(study.database).state == "done"


def test_worker_stays_while_a_job_may_have_been_lost(study: Study, monkeypatch: pytest.MonkeyPatch):
    request(study)
    with study.database.transaction() as session:
        jobs.claim_job(session)
    looks = []

    def sleep(_seconds: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            with study.database.transaction() as session:
                lost = now() - 2 * jobs.LOST_AFTER
                session.execute(update(Job).values(heartbeat_at=lost))

    monkeypatch.setattr(worker, "SWEEP_SECONDS", 0)
    monkeypatch.setattr(worker.time, "sleep", sleep)
    monkeypatch.setattr(worker, "POLL_SECONDS", 0)
    monkeypatch.setattr(jobs, "LOST_AFTER", jobs.LOST_AFTER / 60)
    work_until_done(study.database)
    assert (job(study.database).state, job(study.database).attempt) == ("done", 2)


def work_until_done(database: Database) -> None:
    """Work with next to no patience; the job that hangs has to keep the worker."""
    work(database, until_idle=True, idle_seconds=0)


SLOW = """
import sys, time
from annotator import worker
from annotator.learning import store
save = store.save
def slow(*given):
    print("saving", flush=True)
    time.sleep(60)
    return save(*given)
store.save = slow
from annotator.cli import main
main(["--home", sys.argv[1], "worker", "--until-idle"])
"""


def test_job_of_a_worker_killed_in_the_middle_runs_again(study: Study):
    request(study)
    settings = study.database.settings
    environ = os.environ | {"ANNOTATOR_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-c", SLOW, str(settings.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as child:
        assert child.stdout
        assert child.stdout.readline() == b"saving\n"
        child.send_signal(signal.SIGKILL)
    assert job(study.database).state == "running"
    with study.database.transaction() as session:
        session.execute(update(Job).values(heartbeat_at=now() - 2 * jobs.LOST_AFTER))
        assert session.scalar(select(Classifier.id)) is None
    run_waiting(study.database)
    assert (job(study.database).state, job(study.database).attempt) == ("done", 2)


SLOW_ROUND = """
import sys, time
from annotator.services import drawing
read, made = drawing._details, []
def slow(*given):
    made.append(given)
    if len(made) == 3:
        print("making", flush=True)
        time.sleep(60)
    return read(*given)
drawing.CHUNK, drawing._details = 5, slow
from annotator.cli import main
main(["--home", sys.argv[1], "worker", "--until-idle"])
"""


def test_round_of_a_worker_killed_between_its_places_is_made_whole_and_not_doubled(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drawing, "MADE_AT_ONCE", 0)
    study = make_study(database, documents=5)
    plan = Plan(name="large", selection="all", annotators=2, overlap=0.5)
    number = drawing.make_round(database, study.project_id, plan, user_id=None)
    environ = os.environ | {"ANNOTATOR_DATABASE_URL": database.settings.database_url}
    command = [sys.executable, "-c", SLOW_ROUND, str(database.settings.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as child:
        assert child.stdout
        assert child.stdout.readline() == b"making\n"
        child.send_signal(signal.SIGKILL)
    is_ready, _, units = places_of(database, number)
    assert (is_ready, units) == (False, 10)
    with database.transaction() as session:
        session.execute(update(Job).values(heartbeat_at=now() - 2 * jobs.LOST_AFTER))
    run_waiting(database)
    assert places_of(database, number) == (True, 30, 20)


def places_of(database: Database, number: int) -> tuple[bool, int, int]:
    """Return whether a round may be labelled in, and how many places and units it has."""
    with database.reading() as session:
        units = session.scalars(select(Assignment.unit_id).where(Assignment.round_id == number)).all()
        return session.get_one(Round, number).is_ready, len(units), len(set(units))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_built_in_worker_starts_a_child_that_does_the_work(study: Study):
    request(study)
    built_in = BuiltInWorker(study.database.settings)
    built_in.wake()
    built_in.wake()
    child = built_in._child
    assert child is not None
    deadline = time.monotonic() + 60
    while job(study.database).state != "done" and time.monotonic() < deadline:
        time.sleep(0.1)
    built_in.stop()
    assert job(study.database).state == "done"
    assert child.poll() is not None


def test_training_that_lacks_labels_names_what_is_missing(database: Database):
    study = make_study(database)
    with pytest.raises(InvalidInputError, match="topic: There are not 5 units with each of two labels"):
        training.train_project(database, study.project_id)
    assert not list(Path(database.settings.models).glob("*/*"))
