"""Runs jobs: as a child of the server, started when there is work and ending when idle, or on its own.

The queue only wakes the worker; what is to be done, and whether it was done, stands in the table ``job``.
"""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from huey import SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy.exc import InterfaceError, OperationalError

from annotator.config import Settings
from annotator.db import Job
from annotator.db.engines import Database
from annotator.errors import AnnotatorError, StorageFullError
from annotator.learning.values import Progress
from annotator.services import drawing, finished_exports, jobs, retraining, training
from annotator.words import joined, say

IDLE_SECONDS = 30.0
POLL_SECONDS = 0.5
#: Between two looks at the table, for jobs whose wake-up call was lost.
SWEEP_SECONDS = 10.0
BEAT_SECONDS = 5.0
REPORT_SECONDS = 0.5

log = logging.getLogger(__name__)


class JsonSerializer(Serializer):  # type: ignore[misc]  # huey has no types
    """Messages as JSON; the default, pickle, would run whatever somebody put into the file."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Any:
        return Message(*json.loads(data))


def open_queue(settings: Settings, *, run: Callable[[], None]) -> tuple[SqliteHuey, Callable[[], Any]]:
    """Return the queue in the home folder, and the call that leaves a wake-up in it."""
    queue = SqliteHuey("annotator", filename=str(settings.queue), results=False, serializer=JsonSerializer())
    return queue, queue.task(name="wake")(run)


class BuiltInWorker:
    """Wakes a worker: leaves a message in the queue and starts a child process unless one runs."""

    def __init__(self, settings: Settings, *, starts_child: bool = True) -> None:
        self._settings = settings
        self._starts_child = starts_child
        self._call: Callable[[], Any] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def wake(self) -> None:
        """Make sure that somebody looks at the jobs soon."""
        with self._turn:
            if self._call is None:
                _, self._call = open_queue(self._settings, run=_elsewhere)
            self._call()
            if self._starts_child and (self._child is None or self._child.poll() is not None):
                command = [sys.executable, "-m", "annotator", "--home", str(self._settings.home), "worker"]
                self._child = subprocess.Popen([*command, "--until-idle"], stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        """End the child process, if there is one; an unfinished job runs again after the next start."""
        with self._turn:
            if self._child is not None and self._child.poll() is None:
                self._child.terminate()
                self._child.wait(timeout=10)


def _elsewhere() -> None:
    raise RuntimeError("the server only leaves messages; a worker takes them")


def work(database: Database, *, until_idle: bool = False, idle_seconds: float = IDLE_SECONDS) -> None:
    """Run jobs as they come; with ``until_idle`` return after a while without any."""
    queue, _ = open_queue(database.settings, run=lambda: run_waiting(database))
    run_waiting(database)
    last_work = last_sweep = time.monotonic()
    while not (until_idle and time.monotonic() - last_work > idle_seconds and not _is_work_open(database)):
        task = queue.dequeue()
        if task is not None:
            queue.execute(task)
            last_work = last_sweep = time.monotonic()
        elif time.monotonic() - last_sweep > SWEEP_SECONDS:
            run_waiting(database)
            last_sweep = time.monotonic()
        else:
            time.sleep(POLL_SECONDS)


def _is_work_open(database: Database) -> bool:
    # A job whose worker was killed is taken up when its heart has been still for long enough: somebody has to wait.
    with database.reading() as session:
        return jobs.is_open(session)


def run_waiting(database: Database) -> None:
    """Run every job that waits, those of killed workers among them."""
    with database.transaction() as session:
        jobs.sweep(session)
    while True:
        with database.transaction() as session:
            job = jobs.claim_job(session)
            if job is None:
                return
            session.expunge(job)
        _run(database, job)


def _run(database: Database, job: Job) -> None:
    try:
        with _heart(database, job.id):
            result = KINDS[job.kind.partition(":")[0]](database, job, _reporter(database, job.id))
    except AnnotatorError as error:
        with database.transaction() as session:
            jobs.fail(session, job.id, joined(error.problems, "\n"))
    except Exception:  # the one place: whatever a job did, the worker goes on and the row says it failed
        log.exception("job %s (%s) failed", job.uuid, job.kind)
        with database.transaction() as session:
            jobs.fail(session, job.id, say("Something went wrong in the program; the log of the worker says what."))
    else:
        with database.transaction() as session:
            jobs.finish(session, job.id, result=result)


def _train(database: Database, job: Job, progress: Progress) -> dict[str, Any]:
    made = training.train_project(database, job.project_id, question=job.arguments.get("question"), progress=progress)
    return {"classifiers": [row.number for row in made]}


def _export(database: Database, job: Job, _progress: Progress) -> dict[str, Any]:
    return {"file": finished_exports.run_export(database, job)}


def _make_round(database: Database, job: Job, progress: Progress) -> dict[str, Any]:
    number: int = job.arguments["round"]
    drawing.fill_round(database, number, progress=progress)
    return {"round": number}


#: What a job's kind, up to a colon, calls for.
KINDS: dict[str, Callable[[Database, Job, Progress], dict[str, Any]]] = {
    retraining.KIND: _train,
    finished_exports.KIND: _export,
    drawing.KIND: _make_round,
}


@contextmanager
def _heart(database: Database, job_id: int) -> Iterator[None]:
    """Let the job's heart beat while the block runs."""
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(BEAT_SECONDS):
            # A beat that fails is made up for by the next; a heart that stopped would hand the job to another.
            with suppress(OperationalError, InterfaceError, StorageFullError), database.transaction() as session:
                jobs.beat(session, job_id)

    thread = threading.Thread(target=beat, name=f"heart of job {job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _reporter(database: Database, job_id: int) -> Progress:
    """Return a progress function that writes no more often than somebody reads."""
    last = 0.0

    def report(share: float, message: str) -> None:
        nonlocal last
        if share < 1 and time.monotonic() - last < REPORT_SECONDS:
            return
        last = time.monotonic()
        with database.transaction() as session:
            jobs.beat(session, job_id, progress=share, message=message)

    return report
