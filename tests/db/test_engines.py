import sqlite3
import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from annotator.db import Event, Project
from annotator.db.engines import SQLITE_PRAGMAS, Database, _is_full
from annotator.db.functions import epoch_seconds, random_permille
from annotator.errors import InvalidInputError, StorageFullError


@pytest.mark.parametrize("engine", ["writer", "reader"])
def test_every_connection_keeps_the_promised_pragmas(sqlite_database: Database, engine: str):
    found = getattr(sqlite_database, engine)
    first, second = found.connect(), found.connect() if engine == "reader" else found.raw_connection()
    second.close()
    with first:
        values = {name: first.execute(text(f"PRAGMA {name}")).scalar() for name in SQLITE_PRAGMAS}
    assert values == {
        "busy_timeout": 30000,
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
    }


def test_weaker_pragma_is_noticed_at_the_start(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch):
    sqlite_database.check()
    monkeypatch.setitem(SQLITE_PRAGMAS, "synchronous", 3)
    with pytest.raises(InvalidInputError, match="PRAGMA synchronous at 2 instead of 3"):
        sqlite_database.check()


def test_reading_cannot_write(database: Database, project: Project):
    with database.reading() as session, pytest.raises(DBAPIError, match=r"readonly|read-only"):
        session.execute(text("UPDATE project SET name = 'changed'"))


def test_reading_sees_one_moment_whatever_is_written_meanwhile(database: Database, project: Project):
    with database.reading() as session:
        before = session.scalar(text("SELECT count(*) FROM event"))
        with database.transaction() as writer:
            writer.add(Event(kind="meanwhile"))
        assert session.scalar(text("SELECT count(*) FROM event")) == before
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM event")) == (before or 0) + 1


def test_failed_transaction_stores_nothing(database: Database):
    def write_and_fail() -> None:
        with database.transaction() as session:
            session.add(Event(kind="never"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with database.reading() as session:
        assert session.scalar(select(Event.id).where(Event.kind == "never")) is None


def test_writing_takes_turns_instead_of_failing(database: Database):
    def count_up() -> None:
        for _ in range(20):
            with database.transaction() as session:
                # Reads first and then writes: an ordinary BEGIN would fail here with "database is locked".
                project = session.scalars(select(Project).with_for_update()).one()
                project.retrain_every += 1

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(select(Project.retrain_every)) == 20 + 80


def test_full_disk_is_told_and_stores_nothing(sqlite_database: Database):
    def write_on_a_full_disk() -> None:
        with sqlite_database.transaction() as session:
            pages = session.scalar(text("PRAGMA page_count"))
            session.execute(text(f"PRAGMA max_page_count = {pages}"))
            session.add_all(Event(kind="x" * 500) for _ in range(200))

    with pytest.raises(StorageFullError, match="nothing was stored"):
        write_on_a_full_disk()
    with sqlite_database.transaction() as session:
        session.execute(text("PRAGMA max_page_count = 1000000"))
        session.add(Event(kind="there is room again"))
    with sqlite_database.reading() as session:
        assert session.scalars(select(Event.kind).where(Event.kind != "project-created")).all() == [
            "there is room again"
        ]


def test_full_disk_of_a_server_is_recognised():
    told = type("DatabaseError", (Exception,), {})({"S": "ERROR", "C": "53100", "M": "could not extend file"})
    assert _is_full(DBAPIError("INSERT", {}, told))
    assert not _is_full(DBAPIError("INSERT", {}, type(told)({"C": "23505"})))
    assert not _is_full(OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked")))


def test_clock_of_the_database_counts_seconds_since_1970(database: Database):
    with database.reading() as session:
        (seconds,) = session.execute(select(epoch_seconds())).one()
        assert isinstance(seconds, int)
        assert 1_700_000_000 < seconds < 10_000_000_000


def test_draws_lie_between_0_and_999(database: Database):
    with database.reading() as session:
        drawn = [session.execute(select(random_permille())).scalar_one() for _ in range(50)]
    assert all(0 <= number <= 999 for number in drawn)
    assert len(set(drawn)) > 1
