"""Two at once: the second begins while the transaction of the first is open, and waits for it where it has to."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from annotator.db.engines import Database

#: Longer than it takes anybody to come to a lock.
MOST_SECONDS = 30


class Second:
    """What is done beside the first, once it is started."""

    def __init__(self, database: Database, do: Callable[[], Any], pool: ThreadPoolExecutor) -> None:
        self._database, self._do, self._pool = database, do, pool
        self._doing: Future[Any] | None = None

    def start(self, *_given: Any) -> None:
        """Begin, and go on when it is done or has to wait for the first; nothing the second time."""
        if self._doing is None:
            self._doing = self._pool.submit(self._do)
            ends_at = time.monotonic() + MOST_SECONDS
            while not self._doing.done() and not _waits(self._database) and time.monotonic() < ends_at:
                time.sleep(0.01)

    def result(self) -> Any:
        """Return what came of it, or raise what went wrong."""
        assert self._doing is not None, "it was never started"
        return self._doing.result()


@contextmanager
def beside(database: Database, do: Callable[[], Any]) -> Iterator[Second]:
    """Give something to be started in the middle of what the block does."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield Second(database, do, pool)


def meanwhile(
    database: Database,
    first: Callable[[Session], Any],
    second: Callable[[], Any],
    *,
    then: Callable[[Session], Any] | None = None,
) -> Any:
    """Start the second while the transaction of the first is open, which goes on with ``then``; return its result."""
    with beside(database, second) as other:
        with database.transaction() as session:
            first(session)
            session.flush()
            other.start()
            if then is not None:
                then(session)
        return other.result()


def alone(database: Database, do: Callable[[Session], Any]) -> Callable[[], Any]:
    """Return a function that does this in a transaction of its own."""
    return partial(_transact, database, do)


def _transact(database: Database, do: Callable[[Session], Any]) -> Any:
    with database.transaction() as session:
        return do(session)


def _waits(database: Database) -> bool:
    if database.settings.is_sqlite:
        # It writes when the first is through: there one does at a time.
        return True
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.reading() as session:
        return bool(session.scalar(text(waiting)))
