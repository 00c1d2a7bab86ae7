"""The way to the database: one engine that writes, one that only reads, and promises checked at start."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from annotator.config import Settings
from annotator.errors import InvalidInputError, StorageFullError
from annotator.words import say

#: Set and asserted on every connection; each was measured (FULL alone survives a power cut).
SQLITE_PRAGMAS = {
    # First, for the others may have to wait, too.
    "busy_timeout": 30000,
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
}
POSTGRESQL_SETTINGS = ("synchronous_commit", "fsync", "full_page_writes")


class Database:
    """Both engines and the transactions on them.

    On SQLite a lock lets one thread of this process write at a time: waiting in line here is fair,
    waiting in SQLite's busy handler is not.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.writer = _engine(settings, read_only=False)
        self.reader = _engine(settings, read_only=True)
        # A session ends with its transaction; what it returned may be read afterwards.
        self._write_session = sessionmaker(self.writer, expire_on_commit=False)
        self._read_session = sessionmaker(self.reader, autoflush=False)
        self._turn: AbstractContextManager[Any] = threading.Lock() if settings.is_sqlite else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session that commits at the end of the block, or rolls everything back."""
        try:
            with self._turn, self._write_session.begin() as session:
                yield session
        except DBAPIError as error:
            if _is_full(error):
                raise StorageFullError(
                    say("The disk is full, so nothing was stored; free some space and send it again.")
                ) from error
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that cannot write and sees one moment of the database."""
        with self._read_session() as session:
            yield session

    def check(self) -> None:
        """Make sure that what is acknowledged survives.

        Raises
        ------
        InvalidInputError
            If the database does not keep what it confirms.
        """
        with self.writer.connect() as connection:
            (_check_sqlite if self.settings.is_sqlite else _check_postgresql)(connection)

    def dispose(self) -> None:
        """Close all connections."""
        self.writer.dispose()
        self.reader.dispose()


def _engine(settings: Settings, *, read_only: bool) -> Engine:
    if not settings.is_sqlite:
        engine = create_engine(settings.database_url, pool_pre_ping=True)
        if read_only:
            event.listen(engine, "connect", _prepare_postgresql_reader)
        return engine
    engine = create_engine(settings.database_url, pool_size=16, max_overflow=16)
    event.listen(engine, "connect", _prepare_reader if read_only else _prepare_writer)
    event.listen(engine, "begin", _begin if read_only else _begin_immediate)
    return engine


def _prepare_writer(connection: Any, _record: Any) -> None:
    # The driver must not begin by itself: its deferred BEGIN fails with "database is locked" when it turns to writing.
    connection.isolation_level = None
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")


def _prepare_reader(connection: Any, record: Any) -> None:
    _prepare_writer(connection, record)
    connection.execute("PRAGMA query_only = 1")


def _prepare_postgresql_reader(connection: Any, _record: Any) -> None:
    # As on SQLite: all that is read in one transaction is of one moment, which the default does not promise.
    cursor = connection.cursor()
    cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.commit()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_sqlite(connection: Connection) -> None:
    for name, value in SQLITE_PRAGMAS.items():
        found = connection.execute(text(f"PRAGMA {name}")).scalar()
        if found != value:
            raise InvalidInputError(
                say(
                    "The database keeps PRAGMA {name} at {found} instead of {value}, so saved labels could "
                    "be lost; keep the home folder on a local disk.",
                    name=name,
                    found=found,
                    value=value,
                )
            )


def _check_postgresql(connection: Connection) -> None:
    for name in POSTGRESQL_SETTINGS:
        found = connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar()
        if found == "off" or (name == "synchronous_commit" and found == "local_off"):
            raise InvalidInputError(
                say(
                    "PostgreSQL runs with {name} = off, so saved labels could be lost; turn it on and start again.",
                    name=name,
                )
            )


def _is_full(error: DBAPIError) -> bool:
    told = error.orig.args[0] if error.orig is not None and error.orig.args else None
    # The driver for PostgreSQL hands the fields of the server's answer on; C is the code.
    code = told.get("C") if isinstance(told, dict) else getattr(error.orig, "sqlite_errorname", "")
    return code in {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "53100"}
