"""Annotations are append-only: both databases refuse to change or delete one."""

from sqlalchemy import Connection, text

#: A migration that rebuilds one of these tables must install the triggers again; start-up asserts them.
APPEND_ONLY = ("annotation", "answer")


def install(connection: Connection) -> None:
    """Create the triggers that refuse UPDATE and DELETE, and TRUNCATE where there is such a thing."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
            )
        )
    for table in APPEND_ONLY:
        for change in _changes(connection):
            connection.execute(text(_statement(connection.dialect.name, table, change)))


def missing(connection: Connection) -> list[str]:
    """Return the names of the triggers that should be there and are not."""
    wanted = {_name(table, change) for table in APPEND_ONLY for change in _changes(connection)}
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    return sorted(wanted - set(connection.execute(text(query)).scalars()))


def _changes(connection: Connection) -> tuple[str, ...]:
    # SQLite has no TRUNCATE.
    return ("UPDATE", "DELETE", "TRUNCATE") if connection.dialect.name == "postgresql" else ("UPDATE", "DELETE")


def _name(table: str, change: str) -> str:
    return f"{table}_refuses_{change.lower()}"


def _statement(dialect: str, table: str, change: str) -> str:
    if dialect == "postgresql":
        return (
            f"CREATE TRIGGER {_name(table, change)} BEFORE {change} ON {table} "
            f"FOR EACH {'STATEMENT' if change == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION refuse_change()"
        )
    return (
        f"CREATE TRIGGER {_name(table, change)} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
