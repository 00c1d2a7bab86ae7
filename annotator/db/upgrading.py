"""Bring a database to the version of this program, or say why that cannot be done."""

import tempfile
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from annotator.config import Settings
from annotator.db import triggers
from annotator.db.engines import Database
from annotator.errors import InvalidInputError

#: The newest migration; a test compares it with the folder.
HEAD = "0009"
#: Any number, as long as nobody else takes it: "annotate" in ASCII.
UPGRADE_LOCK = 0x616E6E6F74617465


def open_database(settings: Settings) -> Database:
    """Open the database, create or upgrade its tables, and check its promises.

    Raises
    ------
    InvalidInputError
        If the home folder cannot be written, the file is no database, or it belongs to a newer version.
    """
    _check_home(settings)
    database = Database(settings)
    try:
        database.check()
        _upgrade(database)
    except DBAPIError as error:
        database.dispose()
        raise InvalidInputError(_problem(error, settings)) from error
    except InvalidInputError:
        database.dispose()
        raise
    return database


def _problem(error: DBAPIError, settings: Settings) -> str:
    told = error.orig.args[0] if error.orig is not None and error.orig.args else error
    reason = str(told.get("M") if isinstance(told, dict) else told).rstrip(".")
    if not settings.is_sqlite:
        return f"The PostgreSQL database cannot be opened: {reason}. Check ANNOTATOR_DATABASE_URL and the server."
    if isinstance(error, OperationalError):
        return f"The database cannot be opened: {reason}. Check {_place(settings)}."
    return f"{_place(settings)} is not a database of this program ({reason}); move it away or name another."


def _check_home(settings: Settings) -> None:
    try:
        for folder in (settings.home, settings.models, settings.exports):
            folder.mkdir(parents=True, exist_ok=True)
        # A file of its own: two servers may start on one home folder at the same moment.
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        raise InvalidInputError(
            f"The home folder {settings.home} cannot be written ({error.strerror}); "
            "choose another with --home or ANNOTATOR_HOME, or change its permissions."
        ) from error


def _upgrade(database: Database) -> None:
    with database.writer.begin() as connection:
        if not database.settings.is_sqlite:
            # Two servers that start at once must not both make the tables; on SQLite the transaction sees to it.
            connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
        version = _version(connection)
        if version != HEAD:
            _check_known(version, database.settings)
            _migrate(connection)
        gone = triggers.missing(connection)
    if gone:
        raise InvalidInputError(
            f"The database lacks its protection against changed labels ({', '.join(gone)}); restore a backup."
        )


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _check_known(version: str | None, settings: Settings) -> None:
    if version is not None and version > HEAD:
        raise InvalidInputError(
            f"{_place(settings)} was written by a newer version of Annotator (tables {version}, known here: {HEAD}); "
            "upgrade Annotator or name another home folder."
        )


def _migrate(connection: Connection) -> None:
    # Alembic is needed for a new or old database only; most starts save the time.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _place(settings: Settings) -> str:
    return settings.database_url.removeprefix("sqlite:///") if settings.is_sqlite else "the PostgreSQL database"
